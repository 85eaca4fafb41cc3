variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}

variable "visibility_seconds" {
  description = "How long a received message is hidden: VISIBILITY_SECONDS."
  type        = number
}

variable "largest_max_retries" {
  description = "The largest max_retries of any handler."
  type        = number
}
