variable "name" {
  description = "What every name in the environment begins with."
  type        = string
}
