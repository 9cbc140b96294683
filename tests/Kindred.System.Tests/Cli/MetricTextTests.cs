using Kindred.Cli.Options;
using Kindred.Evaluation.Metrics;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.SystemTests.Cli;

public sealed class MetricTextTests
{
    [Fact]
    public void A_metric_is_written_in_one_word() => Assert.Equal(
        new OnlineMetric("clicks") { Source = "clicks", Role = OnlineMetricRole.Goal }, MetricText.Parse("clicks", OnlineMetricRole.Goal));

    [Fact]
    public void A_slash_makes_a_ratio() => Assert.Equal(
        new OnlineMetric("latency")
        {
            Kind = OnlineMetricKind.Ratio,
            Role = OnlineMetricRole.Guardrail,
            Source = "latency",
            Denominator = "count:latency",
            Better = MetricDirection.Lower,
            Margin = .05,
        },
        MetricText.Parse("latency = latency / count:latency , better=lower, margin=.05", OnlineMetricRole.Guardrail));

    [Fact]
    public void All_options_are_read() => Assert.Equal(
        new OnlineMetric("revenue")
        {
            Role = OnlineMetricRole.Secondary,
            Source = "purchase",
            Better = MetricDirection.Higher,
            CapQuantile = .999,
            FromDay = 7,
            ToDay = 14,
        },
        MetricText.Parse("revenue=purchase,kind=mean,better=higher,cap-quantile=.999,from=7,to=14", OnlineMetricRole.Secondary));

    [Theory]
    [InlineData("", "has no name")]
    [InlineData("ctr=clicks/", "without a denominator")]
    [InlineData("a,b", "'b' in metric 'a,b' is no option")]
    [InlineData("a,margin=much", "margin of metric 'a,margin=much' must be a number, was 'much'")]
    [InlineData("a,margin=2", "margin must be above 0")]
    [InlineData("a,colour=red", "'colour=red' in metric 'a,colour=red' is not known")]
    [InlineData("a,from=7,to=3", "the second must be later")]
    [InlineData("a,kind=proportion,cap=3", "needs no cap")]
    public void What_is_no_metric_is_refused_in_a_sentence(string text, string says) =>
        Assert.Contains(says, Assert.Throws<InputException>(() => MetricText.Parse(text, OnlineMetricRole.Goal)).Message,
            StringComparison.Ordinal);
}
