using Kindred.Comparison;
using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.Tests.Comparison;

/// <summary>Trainings that take what a clock by hand says.</summary>
public sealed class ModelSearchTests
{
    private readonly HandClock _clock = new();
    private readonly Dictionary<string, int> _trained = [];

    /// <summary>Neighbours are best, slim and ease follow; each training takes a second.</summary>
    private double Value(ITrainer trainer, int trial, CancellationToken cancellation)
    {
        string name = trainer.Summary.Name;
        _trained[name] = _trained.GetValueOrDefault(name) + 1;
        _clock.Advance(TimeSpan.FromSeconds(1));
        return trainer switch
        {
            ItemKnn knn => .5 - (.0001 * Math.Abs(knn.Neighbours - 60)),
            Slim slim => .4 - (.0001 * slim.Regularization),
            Ease => .3,
            UserKnn => throw new InputException("No."),
            _ => .1,
        };
    }

    private IReadOnlyList<SearchedModel> Run(double seconds)
    {
        ITrainer[] trainers = [new Popularity(), new ItemKnn(), new UserKnn(), new Slim(), new Ease()];
        var options = new TuningOptions
        {
            Trainer = trainers[0],
            Space = TrainerCatalog.Default.Find("popularity").Space,
            Cancellation = TestContext.Current.CancellationToken,
        };
        return new ModelSearch(Value, options, TimeSpan.FromSeconds(seconds), _clock)
            .Run([.. trainers.Select(ModelSpec.For)], TrainerCatalog.Default);
    }

    /// <summary>
    /// 4 of 5 can be trained; 4 trials for the better 2 of them, then all that is left for the best; no trial is done twice.
    /// </summary>
    [Fact]
    public void The_better_half_is_searched_further_until_one_is_left()
    {
        var found = Run(40);
        Assert.Equal(["item-knn", "slim", "ease", "popularity", "user-knn"], found.Select(model => model.Best.TrainerName));
        Assert.Equal([4, 1, 1, 0], found.Skip(1).Select(model => model.Trials));
        Assert.Equal(40 - 1 - 6, found[0].Trials); // one second went to user-knn, whose training failed
        Assert.True(found[0].Value > .499, $"{found[0]}");
        Assert.Equal(
            ["The time was over.", "It was not in the better half with 4 sets of options.", "Its own options were not in the better half.",
                "Its own options were not in the better half.", "No."], found.Select(model => model.Left));
        Assert.Equal((found[0].Trials, 4, 1), (_trained["item-knn"], _trained["slim"], _trained["ease"]));
        Assert.Null(found[4].Value);
    }

    [Fact]
    public void What_the_time_was_too_short_for_is_said()
    {
        var found = Run(3);
        Assert.Equal(
            ["The time was over before its first training.", "The time was over before its first training."],
            found.Where(model => model.Best.TrainerName is "slim" or "ease").Select(model => model.Left));
        Assert.Equal("item-knn", found[0].Best.TrainerName);
    }

    private sealed class HandClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
