using CsCheck;
using Kindred.Evaluation.Metrics;
using Kindred.Evaluation.Metrics.Ratings;

namespace Kindred.Tests.Evaluation;

/// <summary>The conformance table, continued: metrics of predicted values.</summary>
public sealed class PointMetricTests
{
    [Fact]
    public void Errors_have_the_values_computed_by_hand()
    {
        // errors 1, −2, 0, 0: √(5/4) and 3/4
        float[] predicted = [4, 1, 3, 5], actual = [3, 3, 3, 5];
        Assert.Equal(Math.Sqrt(1.25), new Rmse().Measure(predicted, actual), 1e-12);
        Assert.Equal(.75, new Mae().Measure(predicted, actual), 1e-12);
    }

    [Fact]
    public void The_loss_of_a_probability_is_that_of_what_happened()
    {
        // −ln .8, −ln .8, −ln .5
        Assert.Equal(((2 * -Math.Log(.8)) - Math.Log(.5)) / 3, new LogLoss().Measure([.8f, .2f, .5f], [1, 0, 1]), 1e-6);
        Assert.Equal(-Math.Log(1e-7), new LogLoss().Measure([0], [1]), 1e-9);
        Assert.Equal(-Math.Log(1e-7), new LogLoss().Measure([1], [0]), 1e-9);
        Assert.Equal(0, new LogLoss().Measure([1], [1]), 1e-6);
    }

    [Fact]
    public void The_calibration_error_has_the_values_computed_by_hand()
    {
        // two bins of two: (.1, .3) with none of two, |.2 − 0|; (.6, .8) with two of two, |.7 − 1|
        Assert.Equal((.2 + .3) / 2, new CalibrationError(2).Measure([.8f, .1f, .6f, .3f], [1, 0, 1, 0]), 1e-6);
        // one bin: |.45 − .5|
        Assert.Equal(.05, new CalibrationError(1).Measure([.8f, .1f, .6f, .3f], [1, 0, 1, 0]), 1e-6);
        // more bins than events: each alone
        Assert.Equal((.2 + .1 + .4 + .3) / 4, new CalibrationError(10).Measure([.8f, .1f, .6f, .3f], [1, 0, 1, 0]), 1e-6);
        // bins of one and two of three equal predictions: ⅓ happened of each
        Assert.Equal(.3 - (1.0 / 3), -new CalibrationError(2).Measure([.3f, .3f, .3f], [1, 0, 0]), 1e-6);
        Assert.Equal(0, new CalibrationError(3).Measure([0, 1, 0, 1], [0, 1, 0, 1]), 1e-12);
    }

    [Fact]
    public void Nothing_predicted_is_no_number_and_lengths_must_agree()
    {
        Assert.Equal(double.NaN, new Rmse().Measure([], []));
        Assert.Equal(double.NaN, new CalibrationError().Measure([], []));
        Assert.Equal("Bins must be >= 1, was 0.", Assert.Throws<InputException>(() => new CalibrationError(0)).Message);
        Assert.Contains("2 predictions for 1 events", Assert.Throws<ArgumentException>(() => new Mae().Measure([1, 2], [1])).Message);
        Assert.Contains(
            "2 predictions for 1 events", Assert.Throws<ArgumentException>(() => new CalibrationError().Measure([1, 2], [1])).Message);
    }

    [Fact]
    public void Lower_is_better() => Assert.All(
        new[] { new Rmse().Definition, new Mae().Definition, new LogLoss().Definition, new CalibrationError().Definition },
        definition => Assert.Equal(MetricDirection.Lower, definition.Better));

    [Fact]
    public void The_order_of_events_does_not_matter_and_a_perfect_prediction_has_no_error() =>
        Gen.Select(Gen.Int[0, 10].Select(p => p / 10f), Gen.Int[0, 1].Select(a => (float)a)).Array[1, 40].Sample(events =>
        {
            float[] predicted = [.. events.Select(e => e.Item1)], actual = [.. events.Select(e => e.Item2)];
            float[] predictedBackwards = [.. predicted.Reverse()], actualBackwards = [.. actual.Reverse()];
            foreach (IPointMetric metric in new IPointMetric[] { new Rmse(), new Mae(), new LogLoss() })
            {
                Assert.Equal(metric.Measure(predicted, actual), metric.Measure(predictedBackwards, actualBackwards), 1e-10);
                Assert.Equal(0, metric.Measure(actual, actual), 1e-6);
            }
            Assert.True(new Mae().Measure(predicted, actual) <= new Rmse().Measure(predicted, actual) + 1e-12);
            foreach (int bins in new[] { 1, 3, 10 })
            {
                double error = new CalibrationError(bins).Measure(predicted, actual);
                Assert.Equal(error, new CalibrationError(bins).Measure(predictedBackwards, actualBackwards), 1e-5);
                Assert.InRange(error, 0, new Mae().Measure(predicted, actual) + 1e-6); // |Σ| ≤ Σ| |
            }
        });
}
