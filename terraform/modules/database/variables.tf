variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "vpc_id" {
  description = "The VPC's id."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, in two zones or more."
  type        = list(string)
}

variable "api_security_group_id" {
  description = "The security group of the API's hosts, the only ones let in."
  type        = string
}

variable "instance_class" {
  description = "The database's size."
  type        = string
}

variable "is_multi_az" {
  description = "Whether a standby waits in another zone."
  type        = bool
}

variable "is_protected" {
  description = "Whether the database is kept from deletion and leaves a last snapshot."
  type        = bool
}

variable "backup_retention_days" {
  description = "How long daily backups are kept."
  type        = number
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}
