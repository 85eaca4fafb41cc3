variable "visibility_seconds" {
  description = "How long a received message is hidden: for the queue and for VISIBILITY_SECONDS."
  type        = number
  default     = 20

  validation {
    condition     = var.visibility_seconds >= 19 && var.visibility_seconds <= 300 && floor(var.visibility_seconds) == var.visibility_seconds
    error_message = "visibility_seconds must be a whole number from 19 to 300."
  }
}

variable "largest_max_retries" {
  description = "The largest max_retries of any handler; workers refuse a queue that allows fewer receives."
  type        = number
  default     = 7

  validation {
    condition     = var.largest_max_retries >= 0 && var.largest_max_retries <= 326 && floor(var.largest_max_retries) == var.largest_max_retries
    error_message = "largest_max_retries must be a whole number from 0 to 326: SQS counts to a thousand receives."
  }
}

variable "stop_seconds" {
  description = "How long a stopping worker waits for its handlers: STOP_SECONDS."
  type        = number
  default     = 25

  validation {
    condition     = var.stop_seconds >= 1 && var.stop_seconds <= 900 && floor(var.stop_seconds) == var.stop_seconds
    error_message = "stop_seconds must be a whole number from 1 to 900."
  }
}

variable "retention_days" {
  description = "How long events are kept: RETENTION_DAYS."
  type        = number
  default     = 30

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 3650 && floor(var.retention_days) == var.retention_days
    error_message = "retention_days must be a whole number from 1 to 3650."
  }
}

variable "shards" {
  description = "Shards of the open index, only ever raised: SHARDS."
  type        = number
  default     = 4

  validation {
    condition     = var.shards >= 1 && var.shards <= 256 && floor(var.shards) == var.shards
    error_message = "shards must be a whole number from 1 to 256."
  }
}

variable "database_instance_class" {
  description = "The size of the database."
  type        = string
  default     = "db.t4g.small"

  validation {
    condition     = can(regex("^db[.][a-z0-9-]+[.][a-z0-9]+$", var.database_instance_class))
    error_message = "database_instance_class must be a class of RDS, such as db.t4g.small."
  }
}

variable "database_multi_az" {
  description = "Whether the database has a standby in another zone."
  type        = bool
  default     = false
}

variable "backup_retention_days" {
  description = "How long the database's daily backups are kept."
  type        = number
  default     = 7

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35 && floor(var.backup_retention_days) == var.backup_retention_days
    error_message = "backup_retention_days must be a whole number from 1 to 35."
  }

  validation {
    condition     = var.environment != "production" || var.backup_retention_days >= 7
    error_message = "production keeps backups for 7 days or more: raise backup_retention_days."
  }
}
