variable "project" {
  description = "The first part of every name."
  type        = string
  default     = "events"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,13}[a-z0-9]$", var.project))
    error_message = "project must be 3 to 15 lower-case letters, digits and dashes, and begin with a letter: AWS bounds the names made of it."
  }
}

variable "environment" {
  description = "Staging or production."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "environment must be staging or production."
  }
}

variable "region" {
  description = "The AWS region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region of AWS, such as eu-central-1."
  }
}

variable "image_id" {
  description = "A Debian 12 image for amd64; null for the newest that Debian has published."
  type        = string
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]{8,17}$", var.image_id))
    error_message = "image_id must be like ami-0123456789abcdef0, or null for the newest of Debian."
  }
}

variable "github_repository" {
  description = "The repository whose workflows may deploy, as owner/name, or with GitHub's ids, as owner@1/name@2, as it names those made since July 2026; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.github_repository == null || can(regex("^[A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$", var.github_repository))
    error_message = "github_repository must be like owner/name or owner@1/name@2; patterns would let other repositories deploy."
  }
}

variable "makes_github_provider" {
  description = "Whether to make the account's OIDC provider of GitHub; false in an account's second environment."
  type        = bool
  default     = true
}

variable "alarm_email" {
  description = "Who is told of alarms; null if another subscribes to the topic."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", var.alarm_email))
    error_message = "alarm_email must be an address of e-mail, or null."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs takes, such as 7, 30, 90 or 365."
  }
}

variable "deletion_protection" {
  description = "Whether what holds data, and the load balancer, refuse to be destroyed; off to tear down."
  type        = bool
  default     = true
}
