using System.Diagnostics;
using System.Text.Json.Nodes;
using Kindred.Numerics;

namespace Kindred.Tuning;

/// <summary>The trials of one search, as they are finished.</summary>
internal sealed class TuningRun
{
    private readonly TuningOptions _options;
    private readonly TuningObjective _objective;
    private readonly TuningJournal _journal;
    private readonly SortedDictionary<int, Trial> _finished;
    private readonly TuningMemory _memory = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _gate = new();
    private int _begun;

    public TuningRun(TuningOptions options, TuningObjective objective, TuningJournal journal)
    {
        (_options, _objective, _journal) = (options, objective, journal);
        _finished = new(journal.Trials.Where(trial => trial.Number > 0).ToDictionary(trial => trial.Number));
        if (_finished.Count > 0) Report(null);
    }

    /// <summary>By number.</summary>
    public IEnumerable<Trial> Finished => _finished.Values;

    /// <summary>The trainer as it was given; null: it was not measured.</summary>
    public Trial? Given =>
        _options.IsFirstFormat ? _journal.Trials.FirstOrDefault(trial => trial.Number == 0) : _finished.GetValueOrDefault(1);

    /// <summary>Does the trials of a round that were not done before.</summary>
    /// <param name="first">Trials of all earlier rounds.</param>
    /// <returns>False: the time is over, and trials are missing.</returns>
    public bool Finish(IReadOnlyList<JsonObject> round, int first)
    {
        int count = Math.Min(round.Count, (_options.Trials ?? int.MaxValue) - first);
        var missing = new List<int>();
        for (int n = 0; n < count; n++)
        {
            if (!_finished.TryGetValue(first + n + 1, out var trial)) missing.Add(n);
            else if (trial.Options.ToJsonString() != round[n].ToJsonString())
                throw new InputException(
                    $"Trial {trial.Number} of {_options.Journal} is not what this search tries there; start over with another file.");
        }
        for (int next = 0; next < missing.Count;)
        {
            // The first trial of a run is alone: nobody knows yet how much memory one takes.
            int together = _memory.Fitting(Math.Min(_options.Parallel, missing.Count - next)), from = next, done = 0;
            Blocks.ForEach(together, 1, together, (n, _) =>
            {
                if (IsOver) return;
                Do(first + missing[from + n] + 1, round[missing[from + n]]);
                Interlocked.Increment(ref done);
            }, _options.Cancellation);
            _memory.Measure(together);
            if (done < together) return false;
            next += together;
        }
        return true;
    }

    // Whatever the time, a search has a trial.
    private bool IsOver => Interlocked.Increment(ref _begun) > 1 && _clock.Elapsed >= _options.Time;

    private void Do(int number, JsonObject values)
    {
        var trial = Measure(number, values);
        lock (_gate)
        {
            _journal.Add(trial);
            _finished.Add(number, trial);
            Report(trial);
        }
    }

    private Trial Measure(int number, JsonObject values)
    {
        var clock = Stopwatch.StartNew();
        double value = double.NaN;
        string? failure = null;
        try
        {
            value = _objective(Tuner.TrainerOf(_options, values), number, _options.Cancellation);
            if (!double.IsFinite(value)) failure = $"Its value is {value}.";
        }
        catch (InputException e)
        {
            failure = e.Message;
        }
        return new(number, values, failure is null ? value : null, Math.Round(clock.Elapsed.TotalSeconds, 3), failure);
    }

    private void Report(Trial? latest) => _options.Progress?.Report(new(
        latest, Trial.Ranked(_finished.Values).FirstOrDefault(t => t.Value is not null), _finished.Count, _journal.Trials.Count,
        _clock.Elapsed));
}
