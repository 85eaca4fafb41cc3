# What is passed on is listed; all else is answered here, so that /metrics never gets through,
# however it is spelled. A test compares the list with the API's own addresses.

locals {
  # A rule takes five values at most.
  public_paths = [
    ["/events", "/events/*", "/event-types", "/event-types/*", "/stats"],
    ["/replays", "/replays/*", "/errors", "/errors/*", "/stats/"],
    ["/health", "/health/*", "/schema", "/schema/", "/static/*"],
    ["/docs", "/docs/", "/pauses", "/pauses/*"],
  ]
  listener_arn = var.is_tls ? aws_lb_listener.https[0].arn : aws_lb_listener.http.arn
  not_found    = jsonencode({ code = "not_found", title = "Nothing is served here", status = 404 })
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTP"
  port              = 80

  default_action {
    type = var.is_tls ? "redirect" : "fixed-response"

    dynamic "redirect" {
      for_each = var.is_tls ? [1] : []

      content {
        protocol    = "HTTPS"
        port        = "443"
        status_code = "HTTP_301"
      }
    }

    dynamic "fixed_response" {
      for_each = var.is_tls ? [] : [1]

      content {
        content_type = "application/json"
        message_body = local.not_found
        status_code  = "404"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  count = var.is_tls ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "application/json"
      message_body = local.not_found
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "public" {
  count = length(local.public_paths)

  listener_arn = local.listener_arn
  priority     = 100 + count.index

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }

  condition {
    path_pattern {
      values = local.public_paths[count.index]
    }
  }
}

resource "aws_lb_listener_rule" "admin" {
  count = length(var.admin_networks) > 0 ? 1 : 0

  listener_arn = local.listener_arn
  priority     = 50

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }

  condition {
    path_pattern {
      values = ["/admin", "/admin/*"]
    }
  }

  condition {
    source_ip {
      values = var.admin_networks
    }
  }
}

# Grafana has a host name of its own, for the same people.
resource "aws_lb_target_group" "monitoring" {
  count = var.monitoring_domain_name == null ? 0 : 1

  name_prefix = "graf-"
  vpc_id      = var.vpc_id
  protocol    = "HTTP"
  port        = 3000

  health_check {
    path    = "/api/health"
    matcher = "200"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener_rule" "monitoring" {
  count = var.monitoring_domain_name == null ? 0 : 1

  listener_arn = local.listener_arn
  priority     = 10

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.monitoring[0].arn
  }

  condition {
    host_header {
      values = [var.monitoring_domain_name]
    }
  }

  condition {
    source_ip {
      values = var.admin_networks
    }
  }
}
