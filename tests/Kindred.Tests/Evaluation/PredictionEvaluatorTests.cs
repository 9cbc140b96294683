using System.Text.Json;
using Kindred.Data;
using Kindred.Evaluation;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Storage;
using Kindred.Tests.Support;

namespace Kindred.Tests.Evaluation;

public sealed class PredictionEvaluatorTests
{
    /// <summary>Training values from 1 to 5. Test: ann b 4, c 2; bob b 5; cid (without a training event) a 3.</summary>
    private static Holdout Tiny()
    {
        var all = EventList.Of(
        [
            ("ann", "a", 0, 1), ("ann", "b", 1, 4), ("ann", "c", 2, 2),
            ("bob", "a", 0, 5), ("bob", "b", 1, 5),
            ("cid", "a", 0, 3),
        ]);
        return Holdout.Of(
            all.Where([true, false, false, true, false, false]), all.Where([false, true, true, false, true, true]), "By hand.");
    }

    [Fact]
    public void Errors_are_pooled_over_events_after_moving_predictions_into_the_range()
    {
        // a: 2.5, b: 9 → 5, c: unknown → 1.5; b, of two events, and c have no training event. Errors: ann 5 − 4 and 1.5 − 2, bob 0, cid 2.5
        // − 3
        var report = PredictionEvaluator.Evaluate("fixed", new Fixed([2.5f, 9, float.NaN], 1.5f), Tiny());
        Assert.Equal(Math.Sqrt((1 + .25 + 0 + .25) / 4), report.Of("rmse").Mean, 12);
        Assert.Equal((1 + .5 + 0 + .5) / 4, report.Of("MAE").Mean, 12);
        Assert.Equal((4, 1, 3), (report.Events, report.ColdUserEvents, report.ColdItemEvents));
        Assert.Equal((1, 5), (report.Lowest, report.Highest));
        Assert.Equal(3, report.Of("MAE").Users);
        Assert.Equal("By hand.", report.Protocol);
    }

    [Fact]
    public void The_interval_is_over_users_with_all_their_events()
    {
        // ann: one event, error 1; bob: three, no error. Of two draws of users: 1 (both ann), 1/4, or 0 (both bob), never anything between.
        var all =
            EventList.Of([("ann", "a", 0, 1), ("bob", "b", 0, 2), ("bob", "c", 0, 2), ("bob", "d", 0, 2), ("cid", "a", 0, 1),
                ("cid", "b", 0, 9)]);
        bool[] isTest = [true, true, true, true, false, false];
        var holdout = Holdout.Of(all.Where([.. isTest.Select(test => !test)]), all.Where(isTest), "By hand.");
        var report = PredictionEvaluator.Evaluate("fixed", new Fixed([2, 2, 2, 2], 0), holdout);
        Assert.Equal((.25, 0, 1), (report.Of("MAE").Mean, report.Of("MAE").Low, report.Of("MAE").High));
    }

    [Fact]
    public void The_same_bits_come_out_at_any_number_of_workers_and_survive_json()
    {
        var holdout = new RandomSplit { TestFraction = .2 }.Split(MovieLensSmall.Load()).Final;
        var model = (IRatingModel)new Bias().Train(holdout.Train, new() { Workers = 1 });
        string[] reports = [.. new[] { 1, 2, 4 }.Select(workers => JsonSerializer.Serialize(
            PredictionEvaluator.Evaluate("bias", model, holdout, new() { Seed = 3, Workers = workers }), SealedFolder.Json))];
        Assert.Equal(reports[0], reports[1]);
        Assert.Equal(reports[0], reports[2]);
        var read = JsonSerializer.Deserialize<PredictionReport>(reports[0], SealedFolder.Json)!;
        Assert.Equal(reports[0], JsonSerializer.Serialize(read, SealedFolder.Json));
        Assert.True(read.Of("RMSE").Low < read.Of("RMSE").Mean && read.Of("RMSE").Mean < read.Of("RMSE").High);
    }

    [Fact]
    public void Nothing_to_measure_is_refused()
    {
        var holdout = Tiny();
        var nothing = holdout.Train.Where(new bool[2]);
        string Refusal(Holdout measured, PredictionOptions? options = null) =>
            Assert.Throws<InputException>(() => PredictionEvaluator.Evaluate("fixed", new Fixed([1, 1, 1], 1), measured, options)).Message;

        Assert.Contains("no event to be predicted", Refusal(Holdout.Of(holdout.Train, nothing, "By hand.")));
        Assert.Contains("no training event", Refusal(Holdout.Of(nothing, holdout.Test, "By hand.")));
        Assert.Contains("at least one metric", Refusal(holdout, new() { Metrics = [] }));
        Assert.Equal("Resamples must be >= 1, was 0.", Refusal(holdout, new() { Resamples = 0 }));
        var report = PredictionEvaluator.Evaluate("fixed", new Fixed([1, 1, 1], 1), holdout);
        Assert.Equal("'auc' was not measured; there are RMSE, MAE.", Assert.Throws<InputException>(() => report.Of("auc")).Message);
    }
}

/// <summary>The same scores for everybody.</summary>
internal sealed class Fixed(float[] values, float unknown = 0) : IRatingModel
{
    public Vocabulary Items { get; } = new([.. values.Select((_, n) => $"{n}")]);

    public void Score(in Query query, Span<float> scores) => values.CopyTo(scores);

    public float FallbackScore(in Query query) => unknown;

    public void Save(TensorWriter writer) => throw new NotSupportedException();
}
