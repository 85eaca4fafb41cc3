output "vpc_id" {
  description = "The VPC's id."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "The public subnets, by zone in order."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "The private subnets, by zone in order."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "public_cidrs" {
  description = "The public subnets' addresses: where the load balancer is."
  value       = [for zone in var.zones : aws_subnet.public[zone].cidr_block]
}
