using System.Text.Json;
using Kindred.Evaluation.Metrics.Ranking;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Storage;
using Kindred.Tests.Support;
using Kindred.Tuning;

namespace Kindred.Tests.Tuning;

public sealed class TunerTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Theory, InlineData(TuningSampler.Tpe), InlineData(TuningSampler.Random), InlineData(TuningSampler.Bohb)]
    public void The_same_seed_makes_the_same_search_and_another_seed_another(TuningSampler sampler)
    {
        string[] Run(int seed) => Landscape.Texts(Tuner.Run(Landscape.Options(sampler, 30, seed), Landscape.Hill).Trials);
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    /// <summary>The trainer's own options, also those out of their range, without which TPE could not draw: here 5 epochs.</summary>
    [Fact]
    public void The_first_trial_is_what_was_given_and_no_search_ends_below_it()
    {
        var options = Landscape.Options(trials: 30);
        var five = new ImplicitAls { Epochs = 5, Regularization = .03f, UnobservedWeight = .1f };
        options = options with { Trainer = five, Space = Landscape.ThreeOptions.With("epochs", "10..30") };
        var result = Tuner.Run(options, Landscape.Hill);
        Assert.Equal((1, 5L), (result.Given!.Number, (long)result.Given.Options["epochs"]!));
        Assert.Equal(Landscape.Hill(options.Trainer, 1, Never), result.Given.Value);
        Assert.True(result.Best.Value > result.Given.Value);
        Assert.All(result.Trials.Skip(1), trial => Assert.InRange((long)trial.Options["epochs"]!, 10, 30));

        var best = new ImplicitAls { Regularization = .01f, UnobservedWeight = .03f, Epochs = 20 };
        var kept = Tuner.Run(Landscape.Options(trials: 20) with { Trainer = best }, Landscape.Hill);
        Assert.Equal(kept.Given, kept.Best); // nothing is better, so it is the choice
    }

    [Theory, InlineData(TuningSampler.Tpe), InlineData(TuningSampler.Hyperband)]
    public void Other_data_are_searched_at_other_points(TuningSampler sampler)
    {
        string[] Run(string data) => [.. Tuner.Run(
            Landscape.Options(sampler, 9) with { Subject = new Dictionary<string, string> { ["data"] = data } }, Landscape.Hill)
            .Trials.Select(trial => trial.Options.ToJsonString())];
        Assert.Equal(Run("a"), Run("a"));
        Assert.Equal([Run("a")[0]], Run("a").Intersect(Run("b"))); // what was given
    }

    /// <summary>In one run the early trials of a round finish first, in the other the late ones.</summary>
    [Fact]
    public void What_finishes_first_changes_nothing()
    {
        string[] Run(Func<int, int> milliseconds) => Landscape.Texts(Tuner.Run(
            Landscape.Options(trials: 30) with { Parallel = 4 },
            (trainer, trial, cancellation) =>
            {
                Thread.Sleep(milliseconds(trial));
                return Landscape.Hill(trainer, trial, cancellation);
            }).Trials);
        Assert.Equal(Run(trial => trial % 4), Run(trial => 3 - (trial % 4)));
    }

    /// <summary>8 trials of 3 a round: the last round is cut short, and is completed by a longer search.</summary>
    [Fact]
    public void A_longer_search_begins_with_the_shorter_one()
    {
        string[] Run(int trials) =>
            Landscape.Texts(Tuner.Run(Landscape.Options(trials: trials) with { Parallel = 3 }, Landscape.Hill).Trials);
        Assert.Equal(Run(14), Run(20).Take(14));
    }

    [Fact]
    public void The_result_says_what_was_found()
    {
        double[] values = [.2, double.NaN, .1, .5, .5, .3];
        var result = Tuner.Run(Landscape.Options(trials: 6), (_, trial, _) => values[trial - 1]);
        Assert.Equal((4, 1, .2), (result.Best.Number, result.Given!.Number, result.Given.Value)); // of two equal ones the earlier
        Assert.Equal([.2, .2, .2, .5, .5, .5], result.BestSoFar.Select(v => v!.Value));
        Assert.Equal((float)(double)result.Best.Options["regularization"]!, (float)(double)result.BestOptions["regularization"]!);
        Assert.Equal(64, (int)result.BestOptions["dimensions"]!);
        Assert.Empty(result.Importances); // too few trials
        var read = JsonSerializer.Deserialize<TuningResult>(JsonSerializer.Serialize(result, SealedFolder.Json), SealedFolder.Json)!;
        Assert.Equal(Landscape.Texts(result.Trials), Landscape.Texts(read.Trials));
    }

    [Fact]
    public void Failed_trials_are_kept_with_their_reason_and_the_search_goes_on()
    {
        var result = Tuner.Run(Landscape.Options(trials: 25), (trainer, trial, cancellation) =>
            trial == 1 ? double.NaN : trial % 2 == 0 ? throw new InputException("Even trials fail.")
                : Landscape.Hill(trainer, trial, cancellation));
        Assert.Equal((null, "Its value is NaN."), (result.Trials[0].Value, result.Trials[0].Failure));
        Assert.Equal((null, "Even trials fail."), (result.Trials[1].Value, result.Trials[1].Failure));
        Assert.Equal((null, 25), (result.BestSoFar[1], result.Trials.Count));
        Assert.True(result.Best.Number % 2 == 1);
    }

    [Fact]
    public void A_search_without_success_says_why() => Assert.Equal("None of 3 trials succeeded; the first one: No.",
        Assert.Throws<InputException>(() => Tuner.Run(Landscape.Options(trials: 3), (_, _, _) => throw new InputException("No."))).Message);

    [Fact]
    public void Faults_end_the_search() => Assert.Throws<InvalidOperationException>(
        () => Tuner.Run(Landscape.Options(), (_, trial, _) => trial == 3 ? throw new InvalidOperationException() : 1));

    [Fact]
    public void Cancelling_ends_the_search()
    {
        using var source = new CancellationTokenSource();
        int done = 0;
        Assert.Throws<OperationCanceledException>(() => Tuner.Run(Landscape.Options() with { Cancellation = source.Token }, (_, trial, _) =>
        {
            if (trial == 3) source.Cancel();
            return done++;
        }));
        Assert.Equal(3, done);
    }

    [Fact]
    public void When_the_time_is_over_no_trial_begins_but_there_is_one()
    {
        var result = Tuner.Run(Landscape.Options() with { Time = TimeSpan.FromTicks(1), Trials = null }, Landscape.Hill);
        Assert.Equal((TuningEnd.Time, 1), (result.End, result.Trials.Count));
        Assert.Equal(TuningEnd.Trials, Tuner.Run(Landscape.Options(trials: 3) with { Time = TimeSpan.FromHours(1) }, Landscape.Hill).End);
    }

    [Fact]
    public void A_small_space_is_tried_completely_and_once()
    {
        var space = SearchSpace.Of<ImplicitAls>(null, ("dimensions", "16|32|64"), ("epochs", "1..5"));
        var result = Tuner.Run(Landscape.Options(trials: 100) with { Space = space }, Landscape.Hill);
        Assert.Equal(TuningEnd.Space, result.End);
        string[] drawn = [.. result.Trials.Skip(1).Select(t => t.Options.ToJsonString())];
        Assert.Equal((15, 15), (drawn.Length, drawn.Distinct().Count())); // the 10 epochs that were given are not in the space
    }

    [Fact]
    public void Progress_tells_of_every_trial_and_the_best()
    {
        var told = new List<TuningProgress>();
        Tuner.Run(Landscape.Options(trials: 3) with { Progress = new Listener(told) }, (_, trial, _) => trial == 2 ? 9 : trial);
        Assert.Equal([(1, 1, 1), (2, 2, 2), (3, 3, 2)], told.Select(p => (p.Done, p.Latest!.Number, p.Best!.Number)));
    }

    [Fact]
    public void Searches_that_cannot_be_done_are_refused()
    {
        string Refusal(TuningOptions options) => Assert.Throws<InputException>(() => Tuner.Run(options, Landscape.Hill)).Message;
        var options = Landscape.Options();
        Assert.Equal("trials must be at least 1, was 0.", Refusal(options with { Trials = 0 }));
        Assert.Equal("time must be above 0, was 00:00:00.", Refusal(options with { Time = TimeSpan.Zero }));
        Assert.Equal("A search needs an end: give a number of trials or a time.", Refusal(options with { Trials = null }));
        Assert.Equal("parallel must be 1 to 64, was 0.", Refusal(options with { Parallel = 0 }));
        Assert.Contains("There is no option to search",
            Refusal(options with { Space = TrainerCatalog.Default.Find("popularity").Space.Without("halfLifeDays") }));
    }

    /// <summary>Nothing known: one. 4 fifths of 100 bytes: 8 of 10 bytes, 2 of 30, and never less than one.</summary>
    [Theory, InlineData(0, 1), InlineData(10, 8), InlineData(30, 2), InlineData(1000, 1), InlineData(1, 16)]
    public void As_many_trials_run_side_by_side_as_fit(long trial, int fitting) =>
        Assert.Equal(fitting, TuningMemory.Fitting(16, trial, 100));

    [Fact]
    public void On_data_the_number_of_threads_changes_nothing_and_the_test_part_is_not_read()
    {
        var split = new LeaveLastOut().Split(MovieLensSmall.Load());
        string[] Run(int workers)
        {
            var context = new TrainingContext { Workers = workers };
            var options = Landscape.Options(
                trials: 4) with
            { Space = TrainerCatalog.Default.Find("item-knn").Space, Trainer = new ItemKnn() };
            return Landscape.Texts(Tuner.Run(options, ValidationObjective.Of(split.Tuning, new Ndcg(10), null, context)).Trials);
        }
        string[] one = Run(1);
        Assert.Equal(one, Run(3));
        var objective = ValidationObjective.Of(split.Tuning, new Ndcg(10), null, new());
        var model = new ItemKnn();
        Assert.Equal(objective(model, 1, Never), objective(model, 2, Never));
        Assert.NotEqual(objective(model, 1, Never), ValidationObjective.Of(split.Final, new Ndcg(10), null, new())(model, 1, Never));
    }

    private sealed class Listener(List<TuningProgress> told) : IProgress<TuningProgress>
    {
        public void Report(TuningProgress value) => told.Add(value);
    }
}
