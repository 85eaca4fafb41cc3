variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}

variable "email" {
  description = "Who is told; null if another subscribes."
  type        = string
}

variable "queue_names" {
  description = "The queues, by kind."
  type        = map(string)
}

variable "table_names" {
  description = "The tables."
  type        = list(string)
}

variable "database_id" {
  description = "The database."
  type        = string
}

variable "load_balancer_suffix" {
  description = "How metrics name the load balancer."
  type        = string
}

variable "target_group_suffix" {
  description = "How metrics name its target group."
  type        = string
}

variable "group_minimums" {
  description = "How many hosts each autoscaling group must have in service."
  type        = map(number)
}

variable "wait_seconds" {
  description = "A ready event that waits this long pages."
  type        = number
}

variable "key_arn" {
  description = "The KMS key of the environment."
  type        = string
}
