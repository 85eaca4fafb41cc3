output "name" {
  description = "What every name in the environment begins with; hosts find their configuration by it."
  value       = local.name
}

output "url" {
  description = "Where clients reach the platform."
  value       = "${local.is_tls ? "https" : "http"}://${local.host_name}"
}

output "load_balancer_dns_name" {
  description = "What domain_name must point to, where Terraform does not make the name."
  value       = module.load_balancer.dns_name
}

output "release_bucket" {
  description = "Where releases are uploaded."
  value       = module.storage.release_bucket
}

output "release_parameter" {
  description = "The parameter that names the current release."
  value       = module.configuration.release_parameter
}

output "group_names" {
  description = "The autoscaling groups, by kind of host."
  value = {
    api        = module.api.group_name
    worker     = module.worker.group_name
    monitoring = module.monitoring_host.group_name
  }
}

output "deployment_role_arn" {
  description = "The role that CI takes to deploy; null without github_repository."
  value       = module.access.deployment_role_arn
}

output "alarm_topic_arn" {
  description = "Where alarms are told; subscribe to it what pages you."
  value       = module.alarms.topic_arn
}

output "settings" {
  description = "The platform's settings on these hosts, as environment variables."
  value       = merge(var.platform_settings, local.settings)

  precondition {
    condition     = length(setintersection(keys(var.platform_settings), keys(local.settings))) == 0
    error_message = "platform_settings must leave alone what Terraform says itself: ${join(", ", setintersection(keys(var.platform_settings), keys(local.settings)))}."
  }
}
