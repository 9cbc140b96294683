using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tests.Support;
using Kindred.Tuning;

namespace Kindred.Tests.Tuning;

public sealed class EarlyStoppingTests
{
    private static readonly Holdout Films = new LeaveLastOut().Split(MovieLensSmall.Load()).Tuning;

    private static readonly EarlyStopping Stopping = new(Films, new Ndcg(10), Patience: 2);

    [Fact]
    public void It_stops_when_patience_is_over_and_keeps_the_best_epoch()
    {
        var stopped = Stopping.Train(new ImplicitAls { Dimensions = 16, Epochs = 40 }, new());
        double[] values = [.. stopped.Curve.Select(p => p.Validation!.Value)];
        Assert.Equal(values.Max(), values[stopped.BestEpoch - 1]);
        Assert.Equal(stopped.BestEpoch + 2, values.Length);
        Assert.InRange(values.Length, 3, 39);
        Assert.All(stopped.Curve, point => Assert.True(double.IsFinite(point.Loss)));
        Assert.False(stopped.WasCancelled);

        var asMany = new ImplicitAls { Dimensions = 16, Epochs = stopped.BestEpoch }.Train(Films.Train, new());
        Assert.Equal(ScoresOf(asMany), ScoresOf(stopped.Model));
    }

    [Fact]
    public void Progress_says_what_each_epoch_is_worth()
    {
        var said = new Listener();
        var stopped = Stopping.Train(new ImplicitAls { Dimensions = 16, Epochs = 5 }, new() { Progress = said });
        Assert.Equal(stopped.Curve.Select(p => (p.Step, p.Loss, p.Validation!.Value)),
            said.Values.Select(v => (v.Done, v.Loss!.Value, v.Validation!.Value.Value)));
        Assert.All(said.Values, value => Assert.Equal("NDCG@10", value.Validation!.Value.Metric));
        Assert.Equal(stopped.BestEpoch, said.Values[^1].Validation!.Value.BestStep);
    }

    [Fact]
    public void Cancelled_it_keeps_the_best_of_the_finished_epochs()
    {
        using var source = new CancellationTokenSource();
        var stopped = Stopping.Train(new ImplicitAls { Dimensions = 16, Epochs = 40 }, new()
        {
            Cancellation = source.Token,
            EpochFinished = epoch =>
            {
                if (epoch.Number == 2) source.Cancel();
                return true;
            },
        });
        Assert.True(stopped.WasCancelled);
        Assert.Equal(2, stopped.Curve.Count);
        Assert.InRange(stopped.BestEpoch, 1, 2);
    }

    [Fact]
    public void What_has_no_epochs_is_refused()
    {
        Assert.Equal("popularity does not learn in epochs, so it cannot be stopped early; leave early stopping out.",
            Assert.Throws<InputException>(() => Stopping.Train(new Popularity(), new())).Message);
        Assert.Equal("patience must be at least 1, was 0.",
            Assert.Throws<InputException>(() => (Stopping with { Patience = 0 }).Train(new ImplicitAls(), new())).Message);
    }

    private sealed class Listener : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Values { get; } = [];

        public void Report(TrainingProgress value) => Values.Add(value);
    }

    private static float[] ScoresOf(IModel model)
    {
        var scores = new float[model.Items.Count];
        model.Score(Query.Of(Films.Train, 5), scores);
        return scores;
    }
}
