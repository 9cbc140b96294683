using System.Text.Json;
using System.Text.Json.Serialization;
using CsCheck;
using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Partitions;
using Kindred.Splitting;
using Kindred.Storage;
using Kindred.Tests.Support;
using static Kindred.Tests.Partitions.PartitionFiles;

namespace Kindred.Tests.Partitions;

/// <summary>What is measured partition by partition is what is measured on the whole.</summary>
public sealed class PartitionedEvaluationTests
{
    // What follows from the data is given: partitions count users without a training event too, one process does not.
    private static readonly ModelSpec Als = ModelSpec.For(
        new ImplicitAls { Dimensions = 8, Epochs = 3, UnobservedWeight = .1f, Regularization = .03f });

    private static readonly ModelSpec Knn = ModelSpec.For(new ItemKnn { Shrinkage = 3 });

    private static readonly ComparisonOptions Options = new() { CutOffs = [5], Metrics = ["beyond"], Workers = 2 };

    private static readonly JsonSerializerOptions WithNaN =
        new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Splits => ["time", "days", "last", "random", "users"];

    private static ISplitter SplitterOf(string name) => name switch
    {
        "time" => new GlobalTimeSplit(),
        "days" => new GlobalTimeSplit { TestDays = 3, ValidationDays = 2, Gap = TimeSpan.FromHours(5) },
        "last" => new LeaveLastOut(),
        "random" => new RandomSplit { Seed = 3 },
        _ => new UserHoldout { Seed = 3, TestFraction = .3 },
    };

    [Theory]
    [MemberData(nameof(Splits))]
    public void One_partition_is_measured_as_the_data_that_it_is_made_of(string name)
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 120, items: 40, areTimed: true);
        using var folder = Write(temporary.Path, data, 1);
        foreach (bool onTest in (bool[])[true, false])
        {
            var split = SplitterOf(name).Split(data);
            var expected = ModelComparison.On(onTest ? split.Final : split.Tuning, [Als, Knn], Options, Cancellation);
            var actual = Run(folder, name, onTest);
            Assert.Equal(expected.Baseline.Report.Protocol, actual.Baseline.Report.Protocol);
            Assert.Equal(expected.Baseline.Report.Warnings, actual.Baseline.Report.Warnings);
            Assert.Equal(expected.Counts, actual.Counts);
            AssertAlike(expected.Baseline.Report, actual.Baseline.Report, 1e-12);
            // its items differ in the last digits, which may change places of a list
            AssertAlike(ReportOf(Als, expected), ReportOf(Als, actual), .05);
            AssertAlike(ReportOf(Knn, expected), ReportOf(Knn, actual), 1e-3);
        }
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void Many_partitions_train_and_measure_the_same_events_as_one(string name)
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 300, items: 40, areTimed: true);
        using var folder = Write(temporary.Path, data, 5);
        var actual = Run(folder, name, onTest: true);
        var expected = ModelComparison.On(SplitterOf(name).Split(data).Final, [Als, Knn], Options, Cancellation);
        if (name is "random" or "users") // each partition draws for itself
        {
            Assert.InRange(actual.Counts.TestEvents, .7 * expected.Counts.TestEvents, 1.4 * expected.Counts.TestEvents);
            return;
        }
        Assert.Equal(expected.Counts, actual.Counts);
        Assert.Equal(expected.Baseline.Report.Protocol, actual.Baseline.Report.Protocol);
        // the same numbers but for the order of their sums
        AssertAlike(expected.Baseline.Report, actual.Baseline.Report, 1e-9);
        AssertAlike(ReportOf(Knn, expected), ReportOf(Knn, actual), 1e-3);
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void What_another_process_measures_of_a_partition_has_the_same_bits(string name)
    {
        using var temporary = new TemporaryFolder();
        using var folder = Write(temporary.File("parts"), Events(users: 200, items: 40, areTimed: true), 4);
        foreach (bool withRepeats in (bool[])[false, true])
        {
            var split = PartitionedSplit.Of(SplitterOf(name), folder, onTest: true, withRepeats);
            var work = new WorkHere(split, Options, Cancellation);
            (string, TrainedModel)[] models = [("knn", work.Train(Knn)), ("als", work.Train(Als))];
            var popular = work.Train(ModelSpec.Popularity);
            var counts = ItemCounts.Of(split.Training);
            var expected = work.Measure(models, popular, counts);

            counts.Write(temporary.File("counts"));
            var told = new PartitionedSplit(folder, SplitPlan.Parse(split.Plan.ToJson()));
            Assert.Equal(split.Protocol, told.Protocol);
            var measuring = new PartitionMeasuring(told, Options with { Workers = 1 }, ItemCounts.Open(temporary.File("counts")),
                [.. models.Select(model => (model.Item1, model.Item2.Model))], popular.Model, Cancellation);
            for (int partition = folder.Count - 1; partition >= 0; partition--)
            {
                var writer = new TensorWriter();
                measuring.Of(partition).Save(writer);
                using var stream = File.Create(temporary.File($"{partition}"));
                writer.WriteTo(stream);
            }
            var actual = PartitionSums.Of(folder.Count, partition =>
            {
                using var file = TensorFile.Open(temporary.File($"{partition}"));
                return PartitionSums.Load(file);
            });
            Assert.Equal(JsonSerializer.Serialize(expected, WithNaN), JsonSerializer.Serialize(actual, WithNaN));
            Assert.True(actual.Counts.Users > 0);
        }
    }

    [Fact]
    public void Means_and_differences_of_merged_sums_are_those_of_the_users()
    {
        Gen.Double[0, 1].Array[2, 60].Sample(values =>
        {
            var merged = values.Chunk(7).Aggregate(default(Moments), (sum, chunk) => sum + Moments.Of(chunk));
            double mean = values.Average(), variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
            Assert.Equal(mean, merged.Mean, 1e-12);
            Assert.Equal(Math.Sqrt(variance), merged.Deviation, 1e-6);
        });
        // by hand: 1, 2, 3 and a user without a value: mean 2, deviation 1, t(.975, 2) = 4.3027
        var estimate = (Moments.Of([1, double.NaN, 2]) + Moments.Of([3])).ToEstimate("m");
        Assert.Equal((2, 3), (estimate.Mean, estimate.Users));
        Assert.Equal(2 + (4.302653 / Math.Sqrt(3)), estimate.High, 1e-5);
    }

    [Fact]
    public void A_cut_finds_the_times_that_a_sort_finds()
    {
        using var temporary = new TemporaryFolder();
        var data = Events(users: 60, items: 20, areTimed: true);
        using var folder = Write(temporary.Path, data, 4);
        var (expected, actual) = (new SortedTimes(TimeAxis.Sorted(data.Histories)), new PartitionTimes(folder));
        Assert.Equal((expected.Count, expected.First, expected.Last), (actual.Count, actual.First, actual.Last));
        for (long place = 0; place < expected.Count; place += 37)
        {
            Assert.Equal(expected.At(place), actual.At(place));
            foreach (long off in (long[])[-1, 0, 1, 100_000])
                Assert.Equal(expected.CountBefore(expected.At(place) + off), actual.CountBefore(expected.At(place) + off));
        }
    }

    [Fact]
    public void What_cannot_be_measured_is_refused_in_a_sentence()
    {
        using var temporary = new TemporaryFolder();
        using var folder = Write(temporary.Path, Events(40, 10), 3);
        string Refused(ComparisonOptions options, params ModelSpec[] models) => Assert.Throws<InputException>(() =>
            PartitionedComparison.Run(folder, SplitOf(folder, "last", true), models, options, Cancellation)).Message;
        Assert.StartsWith("user-knn learns from all events", Refused(Options, ModelSpec.For(new UserKnn())), StringComparison.Ordinal);
        Assert.StartsWith("The fallback of partitions is popularity",
            Refused(Options with { Fallback = Als }, Als), StringComparison.Ordinal);
        Assert.StartsWith("rmse is of models of ratings", Refused(Options with { Metric = "rmse" }, Als), StringComparison.Ordinal);
        var untimed = Assert.Throws<InputException>(() => SplitOf(folder, "time", true));
        Assert.Contains("needs times", untimed.Message, StringComparison.Ordinal);
    }

    private static PartitionedSplit SplitOf(PartitionedFolder folder, string name, bool onTest) =>
        PartitionedSplit.Of(SplitterOf(name), folder, onTest, withRepeats: false);

    private static ModelComparison Run(PartitionedFolder folder, string name, bool onTest) =>
        PartitionedComparison.Run(folder, SplitOf(folder, name, onTest), [Als, Knn], Options, Cancellation);

    private static EvaluationReport ReportOf(ModelSpec spec, ModelComparison comparison) =>
        comparison.Models.First(model => model.Name == spec.Name).Report;

    private static void AssertAlike(EvaluationReport expected, EvaluationReport actual, double tolerance)
    {
        foreach (var segment in actual.Segments)
        {
            var known = expected.Segments.First(other => (other.Grouping, other.Name) == (segment.Grouping, segment.Name));
            Assert.Equal(known.Users, segment.Users);
            foreach (var (a, b) in known.Estimates.Zip(segment.Estimates))
            {
                Assert.Equal((a.Metric, a.Users), (b.Metric, b.Users));
                Assert.InRange(Math.Abs(a.Mean - b.Mean), 0, tolerance * Math.Max(1, Math.Abs(a.Mean)));
            }
        }
        Assert.Equal(expected.Catalog.Select(c => c.Metric), actual.Catalog.Select(c => c.Metric));
    }
}
