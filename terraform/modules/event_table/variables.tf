variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}

variable "is_protected" {
  description = "Whether the tables are kept from deletion."
  type        = bool
}
