output "dns_name" {
  description = "The load balancer's own host name."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "The zone of that name, for an alias."
  value       = aws_lb.this.zone_id
}

output "security_group_id" {
  description = "The load balancer's security group."
  value       = aws_security_group.this.id
}

output "suffix" {
  description = "How metrics name the load balancer."
  value       = aws_lb.this.arn_suffix
}

output "target_group_arn" {
  description = "The API's target group."
  value       = aws_lb_target_group.api.arn
}

output "target_group_suffix" {
  description = "How metrics name the API's target group."
  value       = aws_lb_target_group.api.arn_suffix

  # A target group counts requests once a listener uses it.
  depends_on = [aws_lb_listener_rule.public]
}

output "monitoring_target_group_arn" {
  description = "Grafana's target group; null without a host name."
  value       = one(aws_lb_target_group.monitoring[*].arn)
}

output "public_paths" {
  description = "What is passed on to the API."
  value       = flatten(local.public_paths)
}
