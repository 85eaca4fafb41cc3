# The one door from outside: TLS, the API's own paths, the admin for some, metrics for nobody.

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  subnets            = var.subnet_ids
  security_groups    = [aws_security_group.this.id]
  # gunicorn keeps connections for 75 s, so that it never closes one that is being reused.
  idle_timeout                     = 60
  drop_invalid_header_fields       = true
  desync_mitigation_mode           = "strictest"
  enable_cross_zone_load_balancing = true
  enable_deletion_protection       = var.is_protected

  access_logs {
    enabled = true
    bucket  = var.log_bucket
    prefix  = "load-balancer"
  }
}

resource "aws_lb_target_group" "api" {
  name_prefix          = "api-"
  vpc_id               = var.vpc_id
  protocol             = "HTTP"
  port                 = var.port
  slow_start           = 30
  deregistration_delay = var.deregistration_seconds

  # Asks the process only. Were it to ask for DynamoDB or SQS, an outage there would take every
  # host out of service, and the group would replace them for nothing.
  health_check {
    protocol            = "HTTP"
    path                = "/health/live"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-load-balancer-"
  description = "The load balancer of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-load-balancer" }

  lifecycle {
    create_before_destroy = true
  }
}

locals {
  ports = var.is_tls ? [80, 443] : [80]
  doors = {
    for pair in setproduct(local.ports, var.client_networks) :
    "${pair[0]}-${pair[1]}" => { port = pair[0], network = pair[1] }
  }
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = local.doors

  security_group_id = aws_security_group.this.id
  description       = "Clients"
  cidr_ipv4         = each.value.network
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "host" {
  security_group_id = aws_security_group.this.id
  description       = "Hosts behind it"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = 1024
  to_port           = 65535
}
