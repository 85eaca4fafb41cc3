"""django-prometheus's metrics of requests, at half their cost."""

from typing import Any

from django_prometheus.middleware import PrometheusAfterMiddleware


class RequestMetrics(PrometheusAfterMiddleware):  # type: ignore[misc]  # it has no types
    """Finds each time series once; prometheus_client would check its labels at each request."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Bounded as the labels are: views, methods, statuses, and the like.
        self._series: dict[tuple[Any, ...], Any] = {}

    def label_metric(
        self,
        metric: Any,
        request: object,  # noqa: ARG002  # its signature
        response: object = None,  # noqa: ARG002  # as above
        **labels: str,
    ) -> Any:
        if not labels:
            return metric
        key = (metric, *labels.values())
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = metric.labels(**labels)
        return series
