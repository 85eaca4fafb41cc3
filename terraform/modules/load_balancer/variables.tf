variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "vpc_id" {
  description = "The VPC's id."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets, in two zones or more."
  type        = list(string)
}

variable "vpc_cidr" {
  description = "The VPC's addresses: where the hosts are."
  type        = string
}

variable "port" {
  description = "The API's port: PORT."
  type        = number
}

variable "certificate_arn" {
  description = "The certificate of the API's name, for TLS."
  type        = string
}

variable "client_networks" {
  description = "Who may reach the load balancer at all."
  type        = list(string)
}

variable "admin_networks" {
  description = "Who may reach the admin and Grafana besides; nobody if empty."
  type        = list(string)
}

variable "monitoring_domain_name" {
  description = "The host name under which Grafana is served; null for none."
  type        = string
}

variable "deregistration_seconds" {
  description = "How long a leaving host may finish its requests."
  type        = number
}

variable "has_firewall" {
  description = "Whether AWS WAF's common rules stand before the API."
  type        = bool
}

variable "log_bucket" {
  description = "The bucket for access logs."
  type        = string
}

variable "is_protected" {
  description = "Whether the load balancer is kept from deletion."
  type        = bool
}

variable "is_tls" {
  description = "Whether HTTPS is served, and HTTP redirected to it."
  type        = bool
}
