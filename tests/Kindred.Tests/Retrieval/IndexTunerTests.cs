using Kindred.Numerics;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Recall;

namespace Kindred.Tests.Retrieval;

public sealed class IndexTunerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly Matrix Vectors = SumOfHistory.Drawn(500, 6, 4);

    private static readonly QuerySample Sample =
        new(SumOfHistory.Drawn(60, 6, 5), [.. Enumerable.Repeat(ReadOnlyMemory<int>.Empty, 60)], 500, "users");

    private static TunedIndex Calibrated(IndexTuner advisor, Func<int, int> lost)
    {
        var exact = new FlatIndex.Builder().Build(Vectors, new());
        return advisor.Calibrated(
            new FakeIndex(exact, lost), TimeSpan.Zero, new RecallCheck(exact, Sample, advisor.K, Cancellation), Sample, Cancellation);
    }

    [Fact]
    public void The_least_effort_that_is_enough_is_found_by_doubling_and_halving()
    {
        // one more of the ten for every 8 of effort; all ten, from 80 on, are needed for the lower end to be above .95.
        // 64 is not enough, 128 is; 96 is; 80 is; 72 is not, 76 is not, and 76 to 80 is less than a sixteenth.
        var advised = Calibrated(new(), effort => Math.Max(0, 10 - (effort / 8)));
        Assert.Equal((80, true, 1d), (advised.Report.Effort, advised.IsReached, advised.Report.Recall.Mean));
        Assert.StartsWith("fake, effort 80: recall@10 1.000 [.994, 1.000] on 60 sampled users, ", advised.Reason, StringComparison.Ordinal);
        Assert.Matches(@"\d ms a query; exact would take \d+\.\d{3} ms\.$", advised.Reason);
        // half is soon enough: from 48 on nothing but 5 or 6 of 10 is found
        Assert.Equal(48, Calibrated(new() { TargetRecall = .55 }, effort => Math.Max(4, 10 - (effort / 8))).Report.Effort);
    }

    [Fact]
    public void What_is_out_of_reach_is_said()
    {
        var advised = Calibrated(new(), _ => 1);
        Assert.False(advised.IsReached);
        Assert.Equal(.9, Math.Round(advised.Report.Recall.Mean, 12));
        Assert.Contains(", which is not surely the .95 asked for, ", advised.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Few_items_are_all_looked_at_and_many_are_not()
    {
        var advisor = new IndexTuner();
        Assert.Equal("flat", advisor.KindsFor(50_000, 64)[0]);
        Assert.Equal("ivf", advisor.KindsFor(50_001, 64)[0]);
        Assert.Equal("flat", advisor.KindsFor(50_001, 64)[^1]); // whatever recall is asked for, that reaches it
        Assert.Equal(["bfloat16"], new IndexTuner { Kind = "bfloat16" }.KindsFor(10, 64));
        // 8 bytes for each of 1000·64 numbers are too many, 5 are not
        Assert.Equal(["int8"], new IndexTuner { Memory = 400_000 }.KindsFor(1000, 64));
    }

    [Fact]
    public void An_index_is_chosen_built_and_described()
    {
        var model = new SumOfHistory(Vectors);
        var advised = new IndexTuner().Build(model, Sample, new() { Cancellation = Cancellation });
        Assert.Matches(@"^flat: all 500 items are looked at in \d+\.\d{3} ms a query, and nothing is missed\.$", advised.Reason);
        var manifest = advised.ManifestFor("als", "0123");
        Assert.Equal(("flat", 6, 500, 0, "als", "0123", .95), (manifest.Kind, manifest.Dimensions, manifest.Count, manifest.Effort,
            manifest.Trainer, manifest.Fingerprint, manifest.TargetRecall));
        Assert.Equal(1, manifest.Recall!.Mean);
        var int8 = new IndexTuner { Kind = "int8", K = 5 }.Build(model, Sample, new() { Cancellation = Cancellation });
        Assert.StartsWith("int8: recall@5 1.000 [", int8.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto", 0.95, 10, 1000,
        "No index of 500 vectors of 6 dimensions fits into 1 MB; int8 takes 1 MB: allow more, or train a model of fewer dimensions.")]
    [InlineData("flat", 0.95, 10, 24_000,
        "No flat index of 500 vectors of 6 dimensions fits into 1 MB; int8 takes 1 MB: allow more, or train a model of fewer dimensions.")]
    [InlineData("tree", 0.95, 10, 0, "There is no index 'tree'; there are flat, int8, bfloat16")]
    [InlineData("auto", 1, 10, 0, "The recall to reach must be between 0 and 1, was 1.")]
    [InlineData("auto", 0.95, 0, 0, "K must be >= 1, was 0.")]
    [InlineData("auto", 0.95, 10, -1, "The memory must be >= 0 bytes, was -1.")]
    public void What_cannot_be_built_is_refused(string kind, double recall, int k, long memory, string sentence)
    {
        var advisor = new IndexTuner { Kind = kind, TargetRecall = recall, K = k, Memory = memory };
        var refusal = Assert.Throws<InputException>(
            () => advisor.Build(new SumOfHistory(Vectors), Sample, new() { Cancellation = Cancellation }));
        Assert.StartsWith(sentence, refusal.Message, StringComparison.Ordinal);
    }
}
