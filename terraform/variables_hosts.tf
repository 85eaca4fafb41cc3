variable "api_min" {
  description = "The fewest hosts of the API."
  type        = number
  default     = 2

  validation {
    condition     = var.api_min >= 1 && var.api_min <= 10 && floor(var.api_min) == var.api_min
    error_message = "api_min must be a whole number from 1 to 10."
  }
}

variable "api_max" {
  description = "The most hosts of the API."
  type        = number
  default     = 10

  validation {
    condition     = var.api_max >= 1 && var.api_max <= 10 && floor(var.api_max) == var.api_max
    error_message = "api_max must be a whole number from 1 to 10."
  }

  validation {
    condition     = var.api_max >= var.api_min
    error_message = "api_max must not be below api_min."
  }
}

variable "api_instance_type" {
  description = "The size of the API's hosts, amd64."
  type        = string
  default     = "c6i.large"

  validation {
    condition     = can(regex("^[a-z0-9-]+[.][a-z0-9]+$", var.api_instance_type))
    error_message = "api_instance_type must be a type of instance, such as c6i.large."
  }
}

variable "api_requests_per_minute" {
  description = "How many requests a minute an API host is meant for."
  type        = number
  default     = 12000

  validation {
    condition     = var.api_requests_per_minute >= 60 && var.api_requests_per_minute <= 1000000 && floor(var.api_requests_per_minute) == var.api_requests_per_minute
    error_message = "api_requests_per_minute must be a whole number from 60 to 1000000."
  }
}

variable "api_cpu_percent" {
  description = "How busy an API host's CPU is meant to be."
  type        = number
  default     = 60

  validation {
    condition     = var.api_cpu_percent >= 20 && var.api_cpu_percent <= 90 && floor(var.api_cpu_percent) == var.api_cpu_percent
    error_message = "api_cpu_percent must be a whole number from 20 to 90."
  }
}

variable "worker_min" {
  description = "The fewest hosts of workers."
  type        = number
  default     = 2

  validation {
    condition     = var.worker_min >= 1 && var.worker_min <= 20 && floor(var.worker_min) == var.worker_min
    error_message = "worker_min must be a whole number from 1 to 20."
  }
}

variable "worker_max" {
  description = "The most hosts of workers."
  type        = number
  default     = 20

  validation {
    condition     = var.worker_max >= 1 && var.worker_max <= 20 && floor(var.worker_max) == var.worker_max
    error_message = "worker_max must be a whole number from 1 to 20."
  }

  validation {
    condition     = var.worker_max >= var.worker_min
    error_message = "worker_max must not be below worker_min."
  }
}

variable "worker_instance_type" {
  description = "The size of the workers' hosts, amd64."
  type        = string
  default     = "c6i.large"

  validation {
    condition     = can(regex("^[a-z0-9-]+[.][a-z0-9]+$", var.worker_instance_type))
    error_message = "worker_instance_type must be a type of instance, such as c6i.large."
  }
}

variable "worker_events_per_second" {
  description = "How many events a worker host processes in a second, as measured with your handlers."
  type        = number
  default     = 100

  validation {
    condition     = var.worker_events_per_second >= 1 && var.worker_events_per_second <= 10000 && floor(var.worker_events_per_second) == var.worker_events_per_second
    error_message = "worker_events_per_second must be a whole number from 1 to 10000."
  }
}

variable "worker_wait_seconds" {
  description = "How long a ready event may wait before workers are added."
  type        = number
  default     = 30

  validation {
    condition     = var.worker_wait_seconds >= 5 && var.worker_wait_seconds <= 3600 && floor(var.worker_wait_seconds) == var.worker_wait_seconds
    error_message = "worker_wait_seconds must be a whole number from 5 to 3600."
  }
}

variable "worker_spot" {
  description = "Whether worker hosts above the fewest are Spot."
  type        = bool
  default     = false
}

variable "worker_spot_instance_types" {
  description = "More sizes to choose from for Spot."
  type        = list(string)
  default     = ["c5.large", "c5a.large", "c6a.large", "m6i.large"]

  validation {
    condition     = !var.worker_spot || length(var.worker_spot_instance_types) >= 2
    error_message = "worker_spot needs two or more worker_spot_instance_types: a single one runs out."
  }
}

variable "platform_settings" {
  description = "More settings of the platform for all hosts, such as HANDLER_MODULES or WORKER_CONCURRENCY; no secrets, which the state would show."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, value in var.platform_settings : can(regex("^[A-Z][A-Z0-9_]*$", name)) && length(value) > 0])
    error_message = "platform_settings must be names such as HANDLER_MODULES with a text each, as platform/config/settings.py reads them."
  }

  validation {
    condition     = length(setintersection(keys(var.platform_settings), ["AWS_SECRET_ACCESS_KEY", "COUNTERS_FOLDER", "DATABASE_URL", "PYTHONPATH", "SECRET_KEY", "SECRET_KEY_FALLBACKS"])) == 0
    error_message = "platform_settings must hold no secret, which hosts read from Secrets Manager, and nothing that hosts say themselves."
  }
}

variable "monitoring_instance_type" {
  description = "The size of the monitoring host, amd64."
  type        = string
  default     = "t3.medium"

  validation {
    condition     = can(regex("^[a-z0-9-]+[.][a-z0-9]+$", var.monitoring_instance_type))
    error_message = "monitoring_instance_type must be a type of instance, such as t3.medium."
  }
}

variable "monitoring_disk_gigabytes" {
  description = "The disk for metrics."
  type        = number
  default     = 50

  validation {
    condition     = var.monitoring_disk_gigabytes >= 10 && var.monitoring_disk_gigabytes <= 1000 && floor(var.monitoring_disk_gigabytes) == var.monitoring_disk_gigabytes
    error_message = "monitoring_disk_gigabytes must be a whole number from 10 to 1000."
  }
}
