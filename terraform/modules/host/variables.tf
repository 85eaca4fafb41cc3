variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "kind" {
  description = "What the hosts are: api, worker or monitoring."
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

variable "image_id" {
  description = "A Debian 12 image for amd64."
  type        = string
}

variable "instance_type" {
  description = "The hosts' size."
  type        = string
}

variable "disk_gigabytes" {
  description = "The size of the root disk."
  type        = number
}

variable "instance_profile_arn" {
  description = "The instance profile of this kind of host."
  type        = string
}

variable "release_bucket" {
  description = "The bucket of releases."
  type        = string
}

variable "settings" {
  description = "More that configure.sh is told, as environment variables; no secret among them."
  type        = map(string)
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}
