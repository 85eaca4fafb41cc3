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

variable "queue_name" {
  description = "The work queue."
  type        = string
}

variable "events_per_second" {
  description = "How many events a host processes in a second, as measured."
  type        = number
}

variable "wait_seconds" {
  description = "How long a ready event may wait; the backlog for each host follows."
  type        = number
}

variable "stop_seconds" {
  description = "How long a stopping worker waits for its handlers: STOP_SECONDS."
  type        = number
}

variable "is_spot" {
  description = "Whether hosts above the fewest are Spot."
  type        = bool
}

variable "spot_instance_types" {
  description = "Sizes to choose from for Spot, besides instance_type."
  type        = list(string)
}

variable "monitoring_security_group_id" {
  description = "Whom scrapes come from."
  type        = string
}
