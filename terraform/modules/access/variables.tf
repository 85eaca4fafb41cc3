variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "environment" {
  description = "Staging or production: the tag, and the environment of the repository that may deploy."
  type        = string
}

variable "events_table_arn" {
  description = "The table of events."
  type        = string
}

variable "platform_table_arn" {
  description = "The table of what the platform remembers."
  type        = string
}

variable "queue_arns" {
  description = "The queues, by kind."
  type        = map(string)
}

variable "database_secret_arn" {
  description = "The database's username and password."
  type        = string
}

variable "secret_key_arn" {
  description = "Django's SECRET_KEY."
  type        = string
}

variable "release_bucket_arn" {
  description = "The bucket of releases."
  type        = string
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}

variable "github_repository" {
  description = "The repository whose workflows may deploy, as owner/name; null for none."
  type        = string
}

variable "makes_github_provider" {
  description = "Whether the account's OIDC provider of GitHub is made here, or is there already."
  type        = bool
  default     = true
}
