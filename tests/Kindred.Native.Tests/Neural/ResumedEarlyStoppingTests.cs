using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Neural;
using Kindred.Splitting;
using Kindred.Tests.Support;
using Kindred.Tuning;

namespace Kindred.Native.Tests.Neural;

public sealed class ResumedEarlyStoppingTests
{
    private static readonly SasRec Trainer = new() { Dimensions = 8, HistoryLength = 6, Epochs = 12, BatchSize = 4, NegativeCount = 0,
        LearningRate = .01f };

    private static readonly EarlyStopping Stopping = new(
        new LeaveLastOut().Split(SasRecTests.Circle(30)).Tuning, new Ndcg(10), Patience: 2);

    private static TrainingContext Context => new() { Workers = 1, Cancellation = TestContext.Current.CancellationToken };

    [Fact]
    public void Killed_at_any_epoch_it_goes_on_to_the_same_end()
    {
        var whole = Stopping.Train(Trainer, Context);
        Assert.InRange(whole.Curve.Count, 4, 12);
        for (int killed = 1; killed < whole.Curve.Count; killed++)
        {
            using var folder = new TemporaryFolder();
            var context = Context with { Checkpoint = folder.File("run") };
            Assert.Throws<InvalidOperationException>(() => Stopping.Train(Trainer, context with
            {
                EpochFinished = epoch => epoch.Number < killed ? true : throw new InvalidOperationException("killed"),
            }));
            Same(whole, Stopping.Train(Trainer, context));
            Same(whole, Stopping.Train(
                Trainer, context with { EpochFinished = _ => throw new InvalidOperationException("Nothing is left to be run.") }));
        }
    }

    [Fact]
    public void What_was_measured_of_another_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        var context = Context with { Checkpoint = folder.File("run") };
        var trainer = Trainer with { Epochs = 2 };
        Stopping.Train(trainer, context);
        Assert.Contains("other options", Refused(() => Stopping.Train(trainer with { Dropout = .3f }, context)));
        Assert.Contains("other seed", Refused(() => Stopping.Train(trainer, context with { Seed = 1 })));
        Assert.Contains("other metric", Refused(() => (Stopping with { Metric = new Recall(10) }).Train(trainer, context)));
    }

    private static string Refused(Action action) => Assert.Throws<InputException>(action).Message;

    private static void Same(StoppedTraining expected, StoppedTraining actual)
    {
        Assert.Equal(expected.BestEpoch, actual.BestEpoch);
        Assert.Equal(expected.Curve, actual.Curve);
        Assert.Equal(ScoresOf(expected.Model), ScoresOf(actual.Model));
    }

    private static float[] ScoresOf(IModel model)
    {
        var scores = new float[model.Items.Count];
        model.Score(new(-1, new[] { 3, 4 }), scores);
        return scores;
    }
}
