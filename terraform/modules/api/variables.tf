variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "tags" {
  description = "The environment's tags, which hosts and their groups do not take from the provider."
  type        = map(string)
}

variable "vpc_id" {
  description = "The VPC's id."
  type        = string
}

variable "vpc_cidr" {
  description = "The VPC's addresses."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, one for each zone."
  type        = list(string)
}

variable "image_id" {
  description = "A Debian 12 image for amd64."
  type        = string
}

variable "instance_type" {
  description = "The hosts' size."
  type        = string
}

variable "instance_profile_arn" {
  description = "The instance profile of these hosts."
  type        = string
}

variable "release_bucket" {
  description = "The bucket of releases."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}

variable "min_size" {
  description = "The fewest hosts."
  type        = number
}

variable "max_size" {
  description = "The most hosts."
  type        = number
}

variable "port" {
  description = "The API's port: PORT."
  type        = number
}

variable "requests_per_minute" {
  description = "How many requests a minute a host is meant for."
  type        = number
}

variable "cpu_percent" {
  description = "How busy its CPU is meant to be."
  type        = number
}

variable "load_balancer_security_group_id" {
  description = "Whom requests come from."
  type        = string
}

variable "monitoring_security_group_id" {
  description = "Whom scrapes come from."
  type        = string
}

variable "target_group_arn" {
  description = "Where the load balancer finds the hosts."
  type        = string
}

variable "resource_label" {
  description = "How the metric of requests names load balancer and target group."
  type        = string
}
