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

variable "zone" {
  description = "The one zone of the disk, and so of the host."
  type        = string
}

variable "disk_gigabytes" {
  description = "The size of the disk for metrics."
  type        = number
}

variable "load_balancer_security_group_id" {
  description = "Whom Grafana's requests come from."
  type        = string
}

variable "target_group_arn" {
  description = "Grafana's target group; null if it is reached by Session Manager only."
  type        = string
}

variable "has_door" {
  description = "Whether the load balancer leads to Grafana."
  type        = bool
}
