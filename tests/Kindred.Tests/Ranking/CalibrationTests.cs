using CsCheck;
using Kindred.Ranking;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Ranking;

public sealed class CalibrationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly Gen<(double Score, bool Label)[]> Samples =
        Gen.Select(Gen.Int[-20, 20].Select(n => n / 4.0), Gen.Bool).Array[1, 60];

    private static double[] Scores((double Score, bool Label)[] sample) => Array.ConvertAll(sample, s => s.Score);

    private static bool[] Labels((double Score, bool Label)[] sample) => Array.ConvertAll(sample, s => s.Label);

    /// <summary>
    /// Labels by rising score: 0 | 1 0 | 1 1 0 | 1 at 1 | 2 3 | 4 5 6 | 7. The pairs (1, 0) and (1, 1, 0) violate the order: pools of means
    /// 0, 1/2, 2/3, 1. At 3.5, half-way from (3, 1/2) to (4, 2/3): 7/12.
    /// </summary>
    [Fact]
    public void Isotonic_pools_what_does_not_rise()
    {
        var calibration = IsotonicCalibration.Fit([7, 1, 3, 2, 5, 4, 6], [true, false, false, true, true, true, false]);
        (double, double)[] expected =
            [(-9, 0), (1, 0), (1.5, .25), (2, .5), (2.5, .5), (3, .5), (3.5, 7 / 12.0), (4, 2 / 3.0), (6, 2 / 3.0), (6.5, 5 / 6.0), (7, 1),
                (99, 1)];
        foreach (var (score, probability) in expected) Assert.Equal(probability, calibration.ProbabilityOf(score), 1e-15);
        Assert.Equal(double.NaN, calibration.ProbabilityOf(double.NaN));
    }

    [Fact]
    public void Isotonic_gives_equal_scores_one_probability()
    {
        var calibration = IsotonicCalibration.Fit([1, 2, 2, 2, 2, 3], [false, true, false, false, false, true]);
        Assert.Equal([0, .25, 1], new double[] { 1, 2, 3 }.Select(calibration.ProbabilityOf));
    }

    /// <summary>
    /// The minimum over all non-decreasing functions, by the min-max formula: max over i ≤ n of min over j ≥ n of the mean of i…j.
    /// </summary>
    [Fact]
    public void Isotonic_is_the_non_decreasing_function_with_the_least_squared_error() => Samples.Sample(sample =>
    {
        var calibration = IsotonicCalibration.Fit(Scores(sample), Labels(sample));
        double[] distinct = [.. Scores(sample).Distinct().Order()];
        double Mean(double from, double to) => sample.Where(s => s.Score >= from && s.Score <= to).Average(s => s.Label ? 1.0 : 0);
        foreach (double score in distinct)
        {
            double expected = distinct.Where(i => i <= score).Max(i => distinct.Where(j => j >= score).Min(j => Mean(i, j)));
            Assert.Equal(expected, calibration.ProbabilityOf(score), 1e-12);
        }
    }, iter: 100);

    /// <summary>
    /// Two scores, −1 (one of 4 labels is 1) and 1 (3 of 4): targets are 5/6 and 1/6, means at −1 and 1 are
    /// (5/6 + 3·1/6)/4 = 1/3 and (3·5/6 + 1/6)/4 = 2/3. Two parameters fit two means: a = −ln 2, b = 0.
    /// </summary>
    [Fact]
    public void Platt_fits_the_logistic_function()
    {
        var calibration = PlattCalibration.Fit([-1, -1, -1, -1, 1, 1, 1, 1], [true, false, false, false, true, true, true, false]);
        Assert.Equal(-Math.Log(2), calibration.Slope, 1e-8);
        Assert.Equal(0, calibration.Intercept, 1e-8);
        Assert.Equal(1 / 3.0, calibration.ProbabilityOf(-1), 1e-8);
        Assert.Equal(.8, calibration.ProbabilityOf(2), 1e-8);
    }

    [Fact]
    public void Platt_is_where_the_derivatives_vanish() => Samples.Sample(sample =>
    {
        var calibration = PlattCalibration.Fit(Scores(sample), Labels(sample));
        int positives = sample.Count(s => s.Label), negatives = sample.Length - positives;
        double Target(bool label) => label ? (positives + 1.0) / (positives + 2) : 1 / (negatives + 2.0);
        double byIntercept = sample.Sum(s => Target(s.Label) - calibration.ProbabilityOf(s.Score));
        double bySlope = sample.Sum(s => s.Score * (Target(s.Label) - calibration.ProbabilityOf(s.Score)));
        // where the loss has no bits left to tell: √(rounding of the loss · curvature), about 1e-14 and 15
        const double rounding = 1e-5;
        Assert.Equal(0, byIntercept, rounding);
        if (calibration.Slope == 0) Assert.True(bySlope <= rounding); // a smaller error would need a falling function
        else Assert.Equal(0, bySlope, rounding);
    }, iter: 200);

    [Fact]
    public void Platt_says_little_of_few_labels_and_never_falls()
    {
        Assert.Equal(2 / 3.0, PlattCalibration.Fit([5], [true]).ProbabilityOf(-7), 1e-9);
        var against = PlattCalibration.Fit([1, 2, 3, 4], [true, true, false, false]);
        Assert.Equal(0, against.Slope);
        Assert.Equal(.5, against.ProbabilityOf(100), 1e-12);
    }

    [Fact]
    public void Platt_copes_with_scores_far_from_zero()
    {
        double[] scores = [1e6 - 1, 1e6 - 1, 1e6, 1e6 + 1, 1e6 + 1];
        var calibration = PlattCalibration.Fit(scores, [false, false, true, true, true]);
        Assert.InRange(calibration.ProbabilityOf(1e6 - 1), .1, .4);
        Assert.InRange(calibration.ProbabilityOf(1e6 + 1), .6, .95);
    }

    [Fact]
    public void Calibrations_come_back_from_their_files()
    {
        double[] scores = [1, 2, 3, 4];
        bool[] labels = [false, true, false, true];
        foreach (ICalibration calibration in (ICalibration[])[PlattCalibration.Fit(scores, labels),
            IsotonicCalibration.Fit(scores, labels)])
        {
            using var file = Write(calibration.Save);
            var again = Calibration.Load(file);
            Assert.IsType(calibration.GetType(), again);
            foreach (double score in (double[])[0, 1, 2.2, 3, 3.7, 9])
                Assert.Equal(calibration.ProbabilityOf(score), again.ProbabilityOf(score));
        }
    }

    [Fact]
    public void What_cannot_be_used_is_refused()
    {
        Assert.Contains("2 scores but 1 labels", Assert.Throws<InputException>(() => IsotonicCalibration.Fit([1, 2], [true])).Message,
            StringComparison.Ordinal);
        Assert.Throws<InputException>(() => PlattCalibration.Fit([], []));
        Assert.Throws<InputException>(() => PlattCalibration.Fit([double.NaN], [true]));
        using var platt = Write(writer => writer.Add<double>("platt", new double[] { 1, 0 }));
        Assert.Throws<InputException>(() => Calibration.Load(platt));
        using var isotonic = Write(writer =>
        {
            writer.Add<double>("isotonic.scores", new double[] { 1, 2 });
            writer.Add<double>("isotonic.probabilities", new double[] { .5, .4 });
        });
        Assert.Throws<InputException>(() => Calibration.Load(isotonic));
    }

    private TensorFile Write(Action<TensorWriter> fill)
    {
        var writer = new TensorWriter();
        fill(writer);
        string path = _folder.File($"{Guid.NewGuid():n}.safetensors");
        using (var stream = File.Create(path)) writer.WriteTo(stream);
        return TensorFile.Open(path);
    }
}
