variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "cidr" {
  description = "The VPC's addresses; a sixteenth for each subnet."
  type        = string
}

variable "zones" {
  description = "The availability zones, three of them."
  type        = list(string)
}

variable "nat" {
  description = "NAT gateways: none, one, or per_zone."
  type        = string
}

variable "interface_endpoints" {
  description = "AWS services reached by an endpoint of their own, by their short names."
  type        = set(string)
}

variable "log_retention_days" {
  description = "How long flow logs are kept."
  type        = number
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}
