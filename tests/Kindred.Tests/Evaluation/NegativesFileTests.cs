using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tests.Support;

namespace Kindred.Tests.Evaluation;

public sealed class NegativesFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("test.csv");

    public void Dispose() => _folder.Dispose();

    // Training users of a … f: 3, 1, 1, 1, 2, 0. ann is asked for b, bob for d.
    private static Holdout Tiny()
    {
        var all = EventList.Parse("ann: a b", "bob: a c d", "cid: a e f", "dee: b d e");
        return Holdout.Of(all.Where([true, false, true, true, false, true, true, false, true, true, true]),
            all.Where([false, true, false, false, true, false, false, false, false, false, false]), "By hand.");
    }

    private SampledNegatives Read(params string[] lines)
    {
        File.WriteAllLines(Path, lines);
        return NegativesFile.Read(Path, Tiny());
    }

    private string Refusal(params string[] lines) => Assert.Throws<InputException>(() => Read(lines)).Message;

    [Theory]
    [InlineData("user_id\titem_id\ttime\tneg_items", "ann\tb\t1\t['c', 'e']", "bob\td\t2\t['f', 'e']")] // as ReChorus writes it
    [InlineData("user_id,item_id,time,neg_items", "ann,b,1,\"[c, e]\"", "bob,d,2,\"[f, e]\"")]
    [InlineData("neg_items,user_id", "c e,ann", "f e,bob")]
    public void Tabs_commas_and_quotes_are_read(params string[] lines)
    {
        var negatives = Read([.. lines, ""]);
        var items = Tiny().Train.Items;
        Assert.Equal("c e", string.Join(' ', negatives.Of(0).ToArray().Select(items.Id)));
        Assert.Equal("f e", string.Join(' ', negatives.Of(1).ToArray().Select(items.Id)));
        Assert.Equal("the negatives in test.csv", negatives.Description);
    }

    /// <summary>Popularity: b is behind e and before c, its equal; d is behind e, f has no event.</summary>
    [Fact]
    public void Models_are_compared_among_them()
    {
        Read("user_id,neg_items", "ann,c e", "bob,f e", "nobody,a");
        var options = new ComparisonOptions { NegativesFile = Path, Fallback = null, Metric = "mrr@3" };
        var comparison = ModelComparison.On(Tiny(), [], options, TestContext.Current.CancellationToken);
        var report = comparison.Baseline.Report;
        Assert.Equal(1.0 / 2, report.Of("MRRSampled@3").Mean, 12);
        Assert.Contains("ranked among the negatives in test.csv alone.", report.Protocol);
    }

    [Fact]
    public void Items_without_an_event_are_counted() =>
        Assert.Equal("the negatives in test.csv (2 of which are items without an event, which are not ranked)",
            Read("user_id,neg_items", "ann,c gone", "bob,lost e").Description);

    [Fact]
    public void What_cannot_be_used_is_refused()
    {
        Assert.Equal("test.csv has no column neg_items, by which negatives are given; it has user_id, item_id, time.",
            Refusal("user_id,item_id,time", "ann,b,1"));
        Assert.StartsWith("test.csv has no column user_id", Refusal());
        Assert.Equal("Line 3 of test.csv has 3 cells and its header 2.", Refusal("user_id,neg_items", "ann,c", "bob,f,e"));
        Assert.Equal("test.csv has the user ann twice, again in line 3; give one line each.",
            Refusal("user_id,neg_items", "ann,c", "ann,e"));
        Assert.Equal("The user bob has a test event, and no negatives in test.csv; is it of another part?",
            Refusal("user_id,neg_items", "ann,c"));
        Assert.Equal("The negative b of user ann is a test event of that user, or is named twice.",
            Refusal("user_id,neg_items", "ann,b", "bob,e"));
        Assert.StartsWith($"The negatives in {_folder.File("none")} cannot be read: ",
            Assert.Throws<InputException>(() => NegativesFile.Read(_folder.File("none"), Tiny())).Message);
    }
}
