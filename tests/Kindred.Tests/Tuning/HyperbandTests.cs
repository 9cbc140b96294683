using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Tuning;

namespace Kindred.Tests.Tuning;

public sealed class HyperbandTests
{
    /// <summary>Li et al. 2018, table 1: the brackets of R = 81, η = 3. Beyond them it begins again.</summary>
    [Fact]
    public void Its_brackets_are_those_of_the_paper()
    {
        var plan = new Hyperband(Options("1..81:log", TuningSampler.Hyperband));
        var done = new List<Trial> { Given };
        var rungs = new List<string>();
        for (int round = 0; round < 16; round++)
        {
            var next = plan.Next(done);
            rungs.Add($"{next.Count}x{next.Select(o => (long)o["epochs"]!).Distinct().Single()}");
            foreach (var options in next) done.Add(new(done.Count + 1, options, (double)options["regularization"]!, 0));
        }
        Assert.Equal(
            ["81x1", "27x3", "9x9", "3x27", "1x81", "34x3", "11x9", "3x27", "1x81", "15x9", "5x27", "1x81", "8x27", "2x81", "5x81",
                "81x1"], rungs);
    }

    [Fact]
    public void The_best_of_a_rung_go_on()
    {
        var plan = new Hyperband(Options("1..9:log", TuningSampler.Hyperband));
        var first = plan.Next([Given]);
        Assert.Equal(9, first.Count);
        Trial[] done = [Given, .. first.Select((options, n) => new Trial(n + 2, options, n is 2 or 5 or 6 ? 1 : 0, 0))];
        string[] Regularizations(IEnumerable<JsonObject> options) => [.. options.Select(o => o["regularization"]!.ToJsonString())];
        Assert.Equal(Regularizations([first[2], first[5], first[6]]), Regularizations(plan.Next(done)));
    }

    /// <summary>Failed trials do not go on, even if there are no others.</summary>
    [Fact]
    public void Failed_trials_do_not_go_on()
    {
        var plan = new Hyperband(Options("1..9:log", TuningSampler.Hyperband));
        Trial[] done = [Given, .. plan.Next([Given]).Select((options, n) => new Trial(n + 2, options, null, 0, "no"))];
        // the next bracket: ⌈3·3 / 2⌉ of 3
        Assert.Equal(["3", "3", "3", "3", "3"], plan.Next(done).Select(o => o["epochs"]!.ToJsonString()));
    }

    /// <summary>
    /// 27 sets of options whose curves rise to different heights; the first bracket finds the highest for 27 + 9·3 + 3·9 + 27 = 108 epochs
    /// instead of 27·27 = 729.
    /// </summary>
    [Theory, InlineData(TuningSampler.Hyperband), InlineData(TuningSampler.Bohb)]
    public void It_finds_the_highest_of_many_curves_with_a_seventh_of_the_epochs(TuningSampler sampler)
    {
        long epochs = 0;
        double Curve(ITrainer trainer, int trial, CancellationToken cancellation)
        {
            var als = (ImplicitAls)trainer;
            epochs += als.Epochs;
            double height = 1 - Math.Pow(als.Regularization!.Value - 14, 2) / 200;
            return height * (1 - Math.Exp(-als.Epochs / 3.0));
        }
        var space = SearchSpace.Of<ImplicitAls>(
            null, ("regularization", string.Join('|', Enumerable.Range(1, 27))), ("epochs", "1..27:log"));
        var result = Tuner.Run(Landscape.Options(sampler, trials: 41) with { Space = space }, Curve);
        Assert.Equal((14, 27L), ((int)(long)result.Best.Options["regularization"]!, (long)result.Best.Options["epochs"]!));
        Assert.Equal(new ImplicitAls().Epochs + 108, epochs);
    }

    [Fact]
    public void With_tpe_a_later_bracket_is_drawn_near_the_good_ones()
    {
        double[] SecondBracket(TuningSampler sampler)
        {
            // 9 × 1, 3 × 3, 1 × 9 epochs, then 5 × 3 …: from the third bracket on there are enough trials
            var result = Tuner.Run(Options("1..9:log", sampler) with { Trials = 120 }, Landscape.Hill);
            return [.. result.Trials.Skip(60).Select(t => Math.Abs(Math.Log10((double)t.Options["regularization"]! / .01)))];
        }
        double bohb = SecondBracket(TuningSampler.Bohb).Average(), random = SecondBracket(TuningSampler.Hyperband).Average();
        Assert.True(bohb < .75 * random, $"{bohb} and {random} orders of magnitude away");
    }

    [Fact]
    public void What_cannot_be_shared_out_is_refused()
    {
        string Refusal(TuningOptions options) => Assert.Throws<InputException>(() => Tuner.Run(options, Landscape.Hill)).Message;
        Assert.Equal("Hyperband shares epochs out among trials, and item-knn has none; use TPE or random search.",
            Refusal(Options(
                "1..9", TuningSampler.Hyperband) with
            { Trainer = new ItemKnn(), Space = TrainerCatalog.Default.Find("item-knn").Space }));
        Assert.Contains("so they need a range",
            Refusal(Options("1..9", TuningSampler.Bohb) with
            {
                Space =
                TrainerCatalog.Default.Find("implicit-als").Space.Without("epochs")
            }));
        Assert.Contains("so they need a range", Refusal(Options("4|8|16", TuningSampler.Bohb)));
        Assert.Contains("at least 3 times as many, was 4..8.", Refusal(Options("4..8", TuningSampler.Bohb)));
    }

    // it is in no bracket
    private static Trial Given { get; } = new(1, [], 0, 0);

    private static TuningOptions Options(string epochs, TuningSampler sampler) =>
        Landscape.Options(sampler) with { Space = Landscape.ThreeOptions.With("epochs", epochs) };
}
