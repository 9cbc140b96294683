using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Import;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Splitting;

namespace Kindred.Native.Tests.Import;

/// <summary>How values of files become weights.</summary>
public sealed class ScaleTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    private string Plays(string column = "plays") => _box.Write("events.csv",
        $"user,item,{column},time\n" + string.Concat(Enumerable.Range(0, 60).Select(n => $"u{n % 12},i{n % 7},{(n % 12) switch
        {
            0 => 10_000,
            < 4 => 900,
            < 7 => 60,
            _ => 2,
        }},{1_600_000_000 + (n * 86_400)}\n")));

    [Theory]
    [InlineData(ValueScaling.Raw, 10_000)]
    [InlineData(ValueScaling.None, 1)]
    [InlineData(ValueScaling.Cap, 900)]
    public void What_is_asked_for_is_done_and_the_values_are_kept(ValueScaling scaling, float most)
    {
        var summary = _box.Import(new ImportOptions { Sources = [Plays()], Scale = scaling });
        Assert.Equal((most, scaling), (_box.Result.Interactions.Histories.Weights.ToArray().Max(), summary.Scale.Scaling));
        Assert.Equal("2 to 10000, 60 in the middle", summary.Spread!.ToString());
        Assert.Equal(scaling == ValueScaling.Raw, _box.Result.Values.IsEmpty);
        foreach (var other in Enum.GetValues<ValueScaling>())
        {
            using var box = new ImportSandbox();
            box.Import(new ImportOptions { Sources = [Plays()], Scale = other });
            Assert.Equal(box.Result.Interactions.Histories.Weights.ToArray(), _box.Result.Rescaled(other).Histories.Weights.ToArray());
        }
    }

    /// <summary>Twenty users of the case's 400 have songs that they played ten thousand times.</summary>
    [Theory]
    [InlineData("item-knn")]
    [InlineData("user-knn")]
    [InlineData("bpr")]
    public void Play_counts_are_about_as_good_as_no_values_and_better_than_raw_ones(string model)
    {
        _box.Import(Path.Combine(AppContext.BaseDirectory, "Import", "cases", "play-counts", "plays.csv"));
        double Of(ValueScaling scaling)
        {
            var holdout = new RandomSplit { Seed = 1 }.Split(_box.Result.Rescaled(scaling)).Tuning;
            var trained = TrainerCatalog.Default.Create(model, null).Train(holdout.Train, new());
            return Evaluator.Evaluate(model, trained.AsPipeline(), holdout).Of("NDCG@10").Mean;
        }
        double scaled = Of(_box.Result.Interactions.Histories.Scale.Scaling), none = Of(ValueScaling.None), raw = Of(ValueScaling.Raw);
        Assert.True(scaled > .9 * none, $"{scaled} of {none}");
        Assert.True(scaled > raw, $"{scaled} of {raw}");
    }

    [Fact]
    public void Weights_that_were_given_ratings_and_data_without_values_stay_as_they_are()
    {
        string typed = _box.Write("typed.csv", "user,item,event\n" + string.Concat(Enumerable.Range(0, 40)
            .Select(n => $"u{n % 5},i{n % 7},{(n % 20 == 0 ? "buy" : "view")}\n")));
        var weights = new Dictionary<string, float> { ["view"] = 1, ["buy"] = 1000 };
        var summary = _box.Import(new ImportOptions { Sources = [typed], Weights = weights });
        Assert.Equal((ValueScale.Raw, "1 to 1000, 1 in the middle"), (summary.Scale, summary.Spread!.ToString()));
        Assert.Equal(ValueScale.Raw, _box.Import(typed).Scale);
        Assert.Equal(ValueScale.Raw, _box.Import(Plays("rating")).Scale);
    }

    [Fact]
    public void What_has_no_values_to_scale_is_refused()
    {
        Assert.Contains("ratings are left as they are",
            _box.Refusal(new ImportOptions { Sources = [Plays("rating")], Scale = ValueScaling.Log }), StringComparison.Ordinal);
        Assert.Contains("--scale needs a value column",
            _box.Refusal(new ImportOptions { Sources = [Plays()], Value = "none", Scale = ValueScaling.Log }), StringComparison.Ordinal);
        _box.Import(Plays("rating"));
        Assert.Throws<InputException>(() => _box.Result.Rescaled(ValueScaling.Log));
    }

    [Fact]
    public void Values_are_scaled_before_they_age()
    {
        string file = _box.Write("aged.csv", "user,item,plays,time\na,x,1000,1600000000\na,y,1000,1600086400\n");
        _box.Import(new ImportOptions { Sources = [file], Scale = ValueScaling.Log, HalfLife = TimeSpan.FromDays(1) });
        float now = 1 + MathF.Log10(2);
        Assert.Equal([now / 2, now], _box.Result.Interactions.Histories.Weights.ToArray(), (a, b) => MathF.Abs(a - b) < 1e-6f);
        Assert.Contains("--half-life", Assert.Throws<InputException>(() => _box.Result.Rescaled(ValueScaling.Cap)).Message);
    }

    [Fact]
    public void Appending_scales_all_values_anew()
    {
        string[] lines = File.ReadAllLines(Plays());
        string first = _box.Write("first.csv", string.Join('\n', lines[..15]) + "\n"),
            rest = _box.Write("rest.csv", lines[0] + "\n" + string.Join('\n', lines[15..]) + "\n");
        using var whole = new ImportSandbox();
        var expected = whole.Import(Plays());
        _box.Import(first);
        var appended = Importer.Append(
            _box.Target, new ImportOptions { Sources = [rest] }, null, ImportSandbox.Cancellation);
        Assert.Equal((expected.Scale, expected.Spread), (appended.Scale, appended.Spread));
        Assert.Equal(whole.Events, _box.Events);
        Assert.Equal(whole.Result.Values.ToArray(), _box.Result.Values.ToArray());
    }

    [Fact]
    public void Parts_that_are_provided_are_scaled_like_the_training_part()
    {
        string test = _box.Write("test.csv", "user,item,plays,time\nu0,i2,60,1700000000\n");
        var split = Importer.ImportSplit(new ImportOptions { Sources = [] }, Plays(), null, test, ImportSandbox.Cancellation);
        Assert.Equal(1 + MathF.Log10(2), split.Test.Histories.Weights.Span[0], 1e-6f);
        Assert.Equal(ValueKind.Weights, split.Train.Origin.Values);
    }
}
