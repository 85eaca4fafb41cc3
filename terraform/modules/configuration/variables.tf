variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "environment" {
  description = "The platform's settings, as environment variables; no secret among them."
  type        = map(string)
}

variable "sources" {
  description = "Where hosts find what is no setting: the database's address and its secret's ARN."
  type        = map(string)
}

variable "log_retention_days" {
  description = "How long the hosts' logs are kept."
  type        = number
}

variable "is_protected" {
  description = "Whether the secret can be restored for a month after deletion."
  type        = bool
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}
