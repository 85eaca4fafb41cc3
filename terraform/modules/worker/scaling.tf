# Only ready messages count. A retry waits as an invisible message, and a worker cannot shorten
# its wait, so neither metric here sees it: ApproximateAgeOfOldestMessage would.

locals {
  backlog_per_worker = var.events_per_second * var.wait_seconds
  # Busy by seven tenths: with less room every second event more would be a backlog.
  pace_per_worker = 0.7 * var.events_per_second
}

resource "aws_autoscaling_policy" "backlog" {
  name                   = "backlog"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = local.backlog_per_worker

    customized_metric_specification {
      metrics {
        id          = "visible"
        return_data = false

        metric_stat {
          stat = "Average"

          metric {
            namespace   = "AWS/SQS"
            metric_name = "ApproximateNumberOfMessagesVisible"

            dimensions {
              name  = "QueueName"
              value = var.queue_name
            }
          }
        }
      }

      metrics {
        id          = "workers"
        return_data = false

        metric_stat {
          stat = "Average"

          metric {
            namespace   = "AWS/AutoScaling"
            metric_name = "GroupInServiceInstances"

            dimensions {
              name  = "AutoScalingGroupName"
              value = aws_autoscaling_group.this.name
            }
          }
        }
      }

      metrics {
        id          = "backlog_per_worker"
        label       = "Ready messages for each worker in service"
        expression  = "IF(workers > 0, visible / workers, visible)"
        return_data = true
      }
    }
  }
}

# A backlog is nothing while workers keep up, and says nothing of how many are needed for that. By
# itself it lets go of all, and starts them anew once events wait: tests/autoscaling shows it. So
# hosts leave only where their pace allows it, too.
resource "aws_autoscaling_policy" "pace" {
  name                   = "pace"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = local.pace_per_worker

    customized_metric_specification {
      metrics {
        id          = "received"
        return_data = false

        metric_stat {
          stat = "Sum"

          metric {
            namespace   = "AWS/SQS"
            metric_name = "NumberOfMessagesReceived"

            dimensions {
              name  = "QueueName"
              value = var.queue_name
            }
          }
        }
      }

      metrics {
        id          = "workers"
        return_data = false

        metric_stat {
          stat = "Average"

          metric {
            namespace   = "AWS/AutoScaling"
            metric_name = "GroupInServiceInstances"

            dimensions {
              name  = "AutoScalingGroupName"
              value = aws_autoscaling_group.this.name
            }
          }
        }
      }

      metrics {
        id          = "pace"
        label       = "Messages that each worker in service receives in a second"
        expression  = "received / 60 / IF(workers > 0, workers, 1)"
        return_data = true
      }
    }
  }
}

# The last guard, for events that take longer than they were measured: how long a ready message
# waits, which is what is ready by what is received (Little's law).
resource "aws_autoscaling_policy" "wait" {
  name                   = "wait"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "StepScaling"
  adjustment_type        = "PercentChangeInCapacity"
  # One host at least, however few there are.
  min_adjustment_magnitude  = 1
  estimated_instance_warmup = 180

  step_adjustment {
    metric_interval_lower_bound = 0
    metric_interval_upper_bound = 4 * var.wait_seconds
    scaling_adjustment          = 20
  }

  step_adjustment {
    metric_interval_lower_bound = 4 * var.wait_seconds
    scaling_adjustment          = 50
  }
}

resource "aws_cloudwatch_metric_alarm" "wait" {
  alarm_name          = "${var.name}-worker-scale-out"
  alarm_description   = "Ready events wait longer than ${2 * var.wait_seconds} s: adds workers, pages nobody."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2 * var.wait_seconds
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_autoscaling_policy.wait.arn]

  metric_query {
    id          = "wait"
    label       = "Seconds that a ready message waits"
    expression  = "IF(visible > 0, visible * 60 / IF(received > 0, received, 1), 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      visible  = { metric = "ApproximateNumberOfMessagesVisible", stat = "Average" }
      received = { metric = "NumberOfMessagesReceived", stat = "Sum" }
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/SQS"
        metric_name = metric_query.value.metric
        stat        = metric_query.value.stat
        period      = 60
        dimensions  = { QueueName = var.queue_name }
      }
    }
  }
}
