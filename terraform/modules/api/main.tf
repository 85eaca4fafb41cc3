# The API's hosts: as many as requests and CPU ask for.

module "host" {
  source = "../host"

  name                 = var.name
  kind                 = "api"
  tags                 = var.tags
  vpc_id               = var.vpc_id
  vpc_cidr             = var.vpc_cidr
  image_id             = var.image_id
  instance_type        = var.instance_type
  disk_gigabytes       = 20
  instance_profile_arn = var.instance_profile_arn
  release_bucket       = var.release_bucket
  settings             = {}
  key_arn              = var.key_arn
}

resource "aws_autoscaling_group" "this" {
  name                = "${var.name}-api"
  min_size            = var.min_size
  max_size            = var.max_size
  vpc_zone_identifier = var.subnet_ids
  target_group_arns   = [var.target_group_arn]
  health_check_type   = "ELB"
  # Counted from when the host is in service, and so after it has configured itself.
  health_check_grace_period = 60
  default_instance_warmup   = 120
  enabled_metrics           = ["GroupInServiceInstances", "GroupDesiredCapacity"]
  # Hosts need a release before they can serve: docs/aws.md has the order.
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = module.host.launch_template_id
    version = module.host.launch_template_version
  }

  initial_lifecycle_hook {
    name                 = "configure"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    default_result       = "ABANDON"
    heartbeat_timeout    = 900
  }

  # A new host serves before an old one leaves.
  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 150
  }

  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 150
      auto_rollback          = true
    }
  }

  dynamic "tag" {
    for_each = merge(var.tags, { Name = "${var.name}-api" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false
    }
  }

  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_autoscaling_policy" "requests" {
  name                   = "requests"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.requests_per_minute

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = var.resource_label
    }
  }
}

resource "aws_autoscaling_policy" "cpu" {
  name                   = "cpu"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = var.cpu_percent

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "request" {
  security_group_id            = module.host.security_group_id
  description                  = "Requests from the load balancer"
  referenced_security_group_id = var.load_balancer_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
}

resource "aws_vpc_security_group_ingress_rule" "scrape" {
  for_each = { api = var.port, node = 9100 }

  security_group_id            = module.host.security_group_id
  description                  = "Scrapes of ${each.key} metrics"
  referenced_security_group_id = var.monitoring_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
}
