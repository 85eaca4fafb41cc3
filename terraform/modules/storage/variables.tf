variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}

variable "log_retention_days" {
  description = "How long the load balancer's logs are kept."
  type        = number
}

variable "is_protected" {
  description = "Whether a bucket that holds anything is kept from deletion."
  type        = bool
}
