# The workers' hosts: as many as the backlog asks for, and none cut off in the middle of work.

module "host" {
  source = "../host"

  name                 = var.name
  kind                 = "worker"
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

locals {
  # The stop itself, and a minute for the agent to see that it is due and to say that it is done.
  drain_seconds = var.stop_seconds + 60
}

resource "aws_autoscaling_group" "this" {
  name                    = "${var.name}-worker"
  min_size                = var.min_size
  max_size                = var.max_size
  vpc_zone_identifier     = var.subnet_ids
  health_check_type       = "EC2"
  default_instance_warmup = 180
  enabled_metrics         = ["GroupInServiceInstances", "GroupDesiredCapacity"]
  # Spot hosts that AWS is about to take are replaced before.
  capacity_rebalance = var.is_spot
  # Hosts need a release before they can work: docs/aws.md has the order.
  wait_for_capacity_timeout = "0"

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = var.min_size
      on_demand_percentage_above_base_capacity = var.is_spot ? 0 : 100
      spot_allocation_strategy                 = "price-capacity-optimized"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = module.host.launch_template_id
        version            = module.host.launch_template_version
      }

      dynamic "override" {
        for_each = var.is_spot ? distinct(concat([var.instance_type], var.spot_instance_types)) : []

        content {
          instance_type = override.value
        }
      }
    }
  }

  initial_lifecycle_hook {
    name                 = "configure"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
    default_result       = "ABANDON"
    heartbeat_timeout    = 900
  }

  # While it lasts the host is leaving, and scaling in does not choose it again.
  initial_lifecycle_hook {
    name                 = "drain"
    lifecycle_transition = "autoscaling:EC2_INSTANCE_TERMINATING"
    default_result       = "CONTINUE"
    heartbeat_timeout    = local.drain_seconds
  }

  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 150
  }

  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage       = 100
      max_healthy_percentage       = 150
      auto_rollback                = true
      scale_in_protected_instances = "Wait"
    }
  }

  dynamic "tag" {
    for_each = merge(var.tags, { Name = "${var.name}-worker" })

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

resource "aws_vpc_security_group_ingress_rule" "scrape" {
  # Each worker process takes the first port that is free, of sixteen.
  for_each = { worker = [9810, 9825], node = [9100, 9100] }

  security_group_id            = module.host.security_group_id
  description                  = "Scrapes of ${each.key} metrics"
  referenced_security_group_id = var.monitoring_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = each.value[0]
  to_port                      = each.value[1]
}
