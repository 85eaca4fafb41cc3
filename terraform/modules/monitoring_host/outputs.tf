output "group_name" {
  description = "The autoscaling group."
  value       = aws_autoscaling_group.this.name
}

output "security_group_id" {
  description = "The host's security group: whom scrapes come from."
  value       = module.host.security_group_id
}
