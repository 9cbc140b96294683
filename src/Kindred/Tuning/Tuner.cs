using System.Text.Json;
using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Storage;

namespace Kindred.Tuning;

/// <summary>Searches a trainer's options for the best value of an objective.</summary>
/// <remarks>
/// The first trial is the trainer as it was given, so no search ends with less. The others come in rounds. What a round tries depends on
/// the data, the seed, the options and the results of earlier rounds: never on how many trials run at a time, on what finishes first, or
/// on whether the search was interrupted.
/// </remarks>
public static class Tuner
{
    /// <exception cref="InputException">The search cannot be done as described, its journal cannot be used, or no trial
    /// succeeded.</exception>
    /// <exception cref="OperationCanceledException">Cancelled through the options; what is in the journal stays.</exception>
    public static TuningResult Run(TuningOptions options, TuningObjective objective)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(objective);
        options.Check();
        options = options.InFormatOfJournal();
        var plan = options.PlanOf();
        var search = SearchOf(options);
        using var journal = TuningJournal.Open(options.Journal, search, options.Fresh);
        var run = new TuningRun(options, objective, journal);
        var end = TuningEnd.Trials;
        for (int first = 0; first < (options.Trials ?? int.MaxValue);)
        {
            var round = first == 0 && !options.IsFirstFormat ? [options.Given] : plan.Next([.. run.Finished.Take(first)]);
            if (round.Count == 0) end = TuningEnd.Space;
            else if (!run.Finish(round, first)) end = TuningEnd.Time;
            if (end != TuningEnd.Trials) break;
            first += round.Count;
        }
        return ResultOf(options, search, end, run.Given, [.. run.Finished.Take(options.Trials ?? int.MaxValue)]);
    }

    /// <returns>What is searched and how: all that the trials depend on.</returns>
    internal static JsonObject SearchOf(TuningOptions options)
    {
        var @fixed = TrainerOptions.Of(options.Trainer);
        foreach (var range in options.Space.Ranges) @fixed.Remove(range.Name);
        var search = new JsonObject
        {
            ["kind"] = TuningJournal.Kind,
            ["version"] = options.IsFirstFormat ? 1 : 2,
            ["trainer"] = options.Trainer.Summary.Name,
        };
        foreach (var (name, value) in options.Subject) search[name] = value;
        search["fixed"] = @fixed;
        search["space"] = new JsonObject(options.Space.Ranges.Select(r => KeyValuePair.Create<string, JsonNode?>(r.Name, r.ToString())));
        search["drawnFirst"] = options.Space.ConditionalOn;
        search["sampler"] = JsonNamingPolicy.CamelCase.ConvertName(options.Sampler.ToString());
        search["parallel"] = options.Parallel;
        search["seed"] = options.Seed;
        return search;
    }

    private static TuningResult ResultOf(TuningOptions options, JsonObject search, TuningEnd end, Trial? given, Trial[] trials)
    {
        var best = Trial.Ranked(trials).FirstOrDefault(t => t.Value is not null)
            ?? throw new InputException($"None of {trials.Length} trials succeeded; the first one: {trials[0].Failure}");
        Trial[] drawn = [.. trials.Where(trial => options.Space.Contains(trial.Options))];
        var space = options.SharesEpochs ? options.Space.Without(Hyperband.Resource) : options.Space;
        return new()
        {
            Search = search,
            End = end,
            Trials = trials,
            Best = best,
            Given = given,
            BestOptions = TrainerOptions.Of(TrainerOf(options, best.Options)),
            BestSoFar = Trial.BestSoFar(trials),
            Importances = PedAnova.Of(space, options.SharesEpochs ? Hyperband.Comparable(drawn, PedAnova.FewestTrials) : drawn),
        };
    }

    internal static ITrainer TrainerOf(TuningOptions options, JsonObject values) => TrainerOptions.With(options.Trainer, values);
}
