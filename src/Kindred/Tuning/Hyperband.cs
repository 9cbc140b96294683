using System.Text.Json.Nodes;
using Kindred.Models;
using Kindred.Numerics;

namespace Kindred.Tuning;

/// <summary>
/// Many trials of few epochs, the best third of them again with three times the epochs, and so on: a bracket. Brackets differ in how few
/// epochs they begin with, as it is not known how early good options can be told from bad ones.
/// L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar, "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
/// Optimization", JMLR 2018, algorithm 1 with η = 3.
/// </summary>
/// <remarks>
///   brackets s = S … 0, again and again, S = ⌊log₃(most epochs / fewest epochs)⌋: n = ⌈(S + 1)·3^s / (s + 1)⌉ trials of most·3^(−s) epochs
/// A rung trains from scratch instead of continuing: the same seed takes the same path through the first epochs, no training state needs to
/// be kept, an interrupted search continues exactly, and it costs at most 1 + 1/3 + 1/9 + … = 1.5 times as much. A round is a rung.
/// With TPE (Falkner et al. 2018): two thirds of a bracket's trials are drawn by the trials with the most epochs of which there are enough
/// (options + 3), one third at random.
/// </remarks>
internal sealed class Hyperband : ITuningPlan
{
    public const string Resource = "epochs";

    private const int Eta = 3;

    private readonly TuningOptions _options;
    private readonly SearchSpace _space; // without the epochs
    private readonly OptionRange _epochs;
    private readonly int _brackets;

    /// <exception cref="InputException">The trainer has no epochs, or they are not searched, or in too small a range.</exception>
    public Hyperband(TuningOptions options)
    {
        string trainer = options.Trainer.Summary.Name;
        if (!TrainerOptions.NamesOf(options.Trainer.GetType()).Contains(Resource))
            throw new InputException($"Hyperband shares epochs out among trials, and {trainer} has none; use TPE or random search.");
        if (options.Space[Resource] is not { Choices: 0 } epochs)
            throw new InputException("Hyperband shares epochs out among trials, so they need a range; write epochs=2..32:log.");
        if (epochs.Max < Eta * epochs.Min)
            throw new InputException($"Hyperband needs a range of epochs from one number to at least {Eta} times as many, was {epochs}.");
        if (options.Space.Ranges.Count == 1)
            throw new InputException("There is no option to search beside epochs; name a range of another one.");
        (_options, _epochs, _space) = (options, epochs, options.Space.Without(Resource));
        for (double few = epochs.Max; few >= epochs.Min; few /= Eta) _brackets++;
    }

    public IReadOnlyList<JsonObject> Next(IReadOnlyList<Trial> done)
    {
        var tried = new HashSet<string>();
        int given = _options.IsFirstFormat ? 0 : 1; // the first trial, what was given, is in no bracket
        for (int bracket = 0, at = given; ; bracket++)
        {
            int rungs = _brackets - (bracket % _brackets);
            var alive = Begin(bracket, rungs, done.Take(at).Skip(given), tried);
            if (alive.Count == 0) return [];
            for (int rung = 1; rung <= rungs && alive.Count > 0; rung++)
            {
                if (at == done.Count) return [.. alive.Select(values => At(values, EpochsAt(rungs - rung)))];
                Trial[] finished = [.. done.Skip(at).Take(alive.Count)];
                at += finished.Length;
                alive = [.. Trial.Ranked(finished.Where(t => t.Value is not null)).Take(alive.Count / Eta).Select(t => Without(t.Options))];
            }
        }
    }

    /// <returns>Trials that tell how options compare: those with the most epochs of which there are enough, or all of the commonest
    /// number.</returns>
    public static Trial[] Comparable(IEnumerable<Trial> trials, int enough)
    {
        var byEpochs = trials.GroupBy(t => t.Options[Resource]!.ToJsonString()).OrderByDescending(g => long.Parse(g.Key)).ToArray();
        return [.. byEpochs.FirstOrDefault(g => g.Count() >= enough) ?? byEpochs.MaxBy(g => g.Count()) ?? Enumerable.Empty<Trial>()];
    }

    private List<JsonObject> Begin(int bracket, int rungs, IEnumerable<Trial> before, HashSet<string> tried)
    {
        int enough = _space.Ranges.Count + 3, count = (int)Math.Ceiling(_brackets * Math.Pow(Eta, rungs - 1) / rungs);
        TreeParzen.Seen[] seen = [];
        if (_options.Sampler == TuningSampler.Bohb && Comparable(before, enough) is var trials && trials.Length >= enough)
            seen = Draws.SeenIn(_space, trials);
        var (drawn, random) = (new List<JsonObject>(), _options.Random);
        for (int n = 0; n < count; n++)
        {
            var rng = random.Fork("bracket", bracket, n);
            if (Draws.Untried(_space, n % 3 == 2 ? [] : seen, tried, rng) is { } values) drawn.Add(values);
        }
        return drawn;
    }

    private long EpochsAt(int below) => (long)Math.Clamp(Math.Round(_epochs.Max / Math.Pow(Eta, below)), _epochs.Min, _epochs.Max);

    // In the order of the space, as the other samplers write them.
    private JsonObject At(JsonObject values, long epochs) => new(_options.Space.Ranges.Select(range =>
        KeyValuePair.Create<string, JsonNode?>(
        range.Name, range.Name == Resource ? JsonValue.Create(epochs) : values[range.Name]!.DeepClone())));

    private static JsonObject Without(JsonObject options)
    {
        var values = options.DeepClone().AsObject();
        values.Remove(Resource);
        return values;
    }
}
