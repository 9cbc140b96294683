using System.Globalization;
using Kindred.Models;
using Kindred.Splitting;
using Kindred.Tuning;

namespace Kindred.Comparison;

/// <summary>A model of a search, and the best of its options so far.</summary>
/// <param name="Value">Of the main metric on the validation part, higher is better; null: no training ended.</param>
/// <param name="Trials">Sets of options that were measured, the model's own among them.</param>
/// <param name="Left">Why it was not searched further; null: it was searched to the end.</param>
internal sealed record SearchedModel(ModelSpec Best, double? Value, int Trials, double Seconds, string? Left);

/// <summary>
/// The best model and its options within a time: every model once with its own options, cheap ones first; then the better half of them with
/// three times as many sets of options, and so on, until one is left, which gets the rest of the time.
/// </summary>
/// <remarks>
/// Successive halving over models: K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization",
/// AISTATS 2016; over models and options together as in C. Thornton et al., "Auto-WEKA", KDD 2013. A model's search is that of
/// <see cref="Tuner"/>: a longer one begins with the shorter one, whose trials are not done again. How far it comes depends on the machine.
/// </remarks>
internal sealed class ModelSearch
{
    private const int More = 3;

    /// <summary>No model may take more of what is left for its first training.</summary>
    private const double MostOfLeft = .5;

    private readonly TuningObjective _objective;
    private readonly TuningOptions _options;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _budget;
    private readonly long _start;

    /// <param name="options">Of each model's search; its trainer, space and end are the model's.</param>
    public ModelSearch(TuningObjective objective, TuningOptions options, TimeSpan budget, TimeProvider? clock = null)
    {
        (_objective, _options, _budget, _clock) = (objective, options, budget, clock ?? TimeProvider.System);
        _start = _clock.GetTimestamp();
    }

    private TimeSpan Left => _budget - _clock.GetElapsedTime(_start);

    /// <param name="models">The cheapest first.</param>
    /// <param name="trainers">Which say what is searched.</param>
    /// <returns>The best first.</returns>
    public IReadOnlyList<SearchedModel> Run(IReadOnlyList<ModelSpec> models, TrainerCatalog trainers)
    {
        Candidate[] all = [.. models.Select(model => new Candidate(model, trainers.Find(model.TrainerName).Space.For(model.Trainer)))];
        foreach (var candidate in all)
        {
            if (Left <= TimeSpan.Zero) candidate.Left = "The time was over before its first training.";
            else MeasureOnce(candidate);
        }
        var alive = Ranked(all.Where(candidate => candidate.Value is not null && candidate.Space.Ranges.Count > 0));
        for (int trials = 1 + More; alive.Length > 0 && Left > TimeSpan.Zero; trials *= More)
        {
            int kept = (alive.Length + 1) / 2;
            foreach (var candidate in alive[kept..])
                candidate.Left = candidate.Trials == 1 ? "Its own options were not in the better half."
                    : $"It was not in the better half with {candidate.Trials} sets of options.";
            alive = alive[..kept];
            bool isLast = alive.Length == 1;
            foreach (var candidate in alive.OrderBy(candidate => candidate.Seconds / candidate.Trials).ToArray())
            {
                if (Left <= TimeSpan.Zero) candidate.Left ??= "The time was over.";
                else Search(candidate, isLast ? null : trials);
            }
            if (isLast) break;
            alive = Ranked(alive);
        }
        return [.. Ranked(all).Select(candidate => candidate.ToResult())];
    }

    private static Candidate[] Ranked(IEnumerable<Candidate> candidates) =>
        [.. candidates.OrderByDescending(candidate => candidate.Value ?? double.NegativeInfinity)];

    private void MeasureOnce(Candidate candidate)
    {
        var most = MostOfLeft * Left;
        if (Within(most, token => Value(candidate, candidate.Given.Trainer, 1, token))) return;
        candidate.Left = string.Create(CultureInfo.InvariantCulture,
            $"Its first training did not end within {most.TotalSeconds:0.#} seconds, half of what was left.");
    }

    /// <param name="trials">Null: as many as the time allows.</param>
    private void Search(Candidate candidate, int? trials)
    {
        bool isWhole = Within(Left, token =>
        {
            try
            {
                Tuner.Run(
                    _options with
                    {
                        Trainer = candidate.Given.Trainer,
                        Space = candidate.Space,
                        Trials = trials,
                        Time = Left,
                        Cancellation = token,
                    }, (trainer, trial, cancellation) => Value(candidate, trainer, trial, cancellation));
            }
            catch (InputException)
            {
                // each trial says itself what it cannot do; the first one succeeded
            }
        });
        if (!isWhole || Left <= TimeSpan.Zero) candidate.Left = "The time was over.";
    }

    /// <returns>False: the time was over before it ended.</returns>
    private bool Within(TimeSpan time, Action<CancellationToken> act)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_options.Cancellation);
        limit.CancelAfter(TimeSpan.FromMilliseconds(Math.Clamp(time.TotalMilliseconds, 0, int.MaxValue)));
        try
        {
            act(limit.Token);
            return true;
        }
        catch (OperationCanceledException) when (!_options.Cancellation.IsCancellationRequested)
        {
            return false;
        }
        catch (InputException)
        {
            return true; // it cannot be trained, as its value says
        }
    }

    private double Value(Candidate candidate, ITrainer trainer, int trial, CancellationToken cancellation)
    {
        string key = TrainerOptions.Of(trainer).ToJsonString();
        if (candidate.Known.TryGetValue(key, out double known)) return known;
        if (trial > 1 && Left <= TimeSpan.Zero) throw new OperationCanceledException(); // as if it had been cancelled in its first moment
        long begin = _clock.GetTimestamp();
        try
        {
            double value = _objective(trainer, trial, cancellation);
            candidate.Add(key, trainer, value, _clock.GetElapsedTime(begin));
            return value;
        }
        catch (InputException e)
        {
            if (trial == 1) candidate.Left = e.Message;
            throw;
        }
    }

    private sealed class Candidate(ModelSpec given, SearchSpace space)
    {
        private ModelSpec? _best;

        public ModelSpec Given => given;

        public SearchSpace Space => space;

        /// <summary>By the trainer's options.</summary>
        public Dictionary<string, double> Known { get; } = [];

        public double? Value { get; private set; }

        public int Trials => Known.Count;

        public double Seconds { get; private set; }

        public string? Left { get; set; }

        public void Add(string key, ITrainer trainer, double value, TimeSpan time)
        {
            Known.Add(key, value);
            Seconds += time.TotalSeconds;
            if (!double.IsFinite(value) || value <= Value) return;
            (Value, _best) = (value, Known.Count == 1 ? given : ModelSpec.For(trainer));
        }

        public SearchedModel ToResult() => new(_best ?? given, Value, Trials, Seconds, Left);
    }
}
