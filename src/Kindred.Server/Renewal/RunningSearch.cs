using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kindred.Storage;
using Kindred.Tuning;

namespace Kindred.Server.Renewal;

/// <summary>How far a search is that runs now.</summary>
/// <param name="Resumed">Trials that an earlier run of the same search had finished.</param>
/// <param name="Planned">Trials in all, those among them; null: as many as the time allows.</param>
/// <param name="EndsAt">When it begins its last trial at the latest; null: the number of trials ends it.</param>
internal sealed record SearchRun(DateTimeOffset StartedAt, int Resumed, int? Planned, DateTimeOffset? EndsAt)
{
    /// <returns>About how much longer it takes, by the trials of this run; null: none of them has ended yet.</returns>
    public TimeSpan? Left(int done, DateTimeOffset now)
    {
        TimeSpan? byTime = EndsAt is { } end ? Max(end - now) : null;
        if (Planned is not { } planned || done <= Resumed) return byTime;
        var byTrials = Max((now - StartedAt) / (done - Resumed) * (planned - done));
        return byTime < byTrials ? byTime : byTrials;

        static TimeSpan Max(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

/// <summary>
/// What a search has found so far, beside its journal, which is its own as long as it runs. After each trial the file is replaced by a
/// whole one, so that nobody reads half of it; it is gone when the search has ended. Of a search that was killed the file stays, and its
/// journal, which nobody holds any more, is read instead.
/// </summary>
internal sealed class RunningSearch : IDisposable, IProgress<TuningProgress>
{
    private const string Extension = ".running";

    private readonly string _file;
    private readonly SortedDictionary<int, Trial> _trials;
    private readonly Lock _gate = new();
    private State _kept;

    private RunningSearch(string file, State kept) =>
        (_file, _kept, _trials) = (file, kept, new(kept.Trials.ToDictionary(trial => trial.Number)));

    /// <param name="options">With a journal.</param>
    /// <returns>Null: another search has the journal, as the search itself will say.</returns>
    public static RunningSearch? Begin(TuningOptions options, DateTimeOffset now)
    {
        string journal = options.Journal!;
        options = options.InFormatOfJournal();
        IReadOnlyList<Trial> before = [];
        if (File.Exists(journal))
        {
            if (TuningJournal.Read(journal) is not var (_, kept)) return null;
            if (!options.Fresh) before = kept;
        }
        var run = new SearchRun(now, before.Count, options.Trials, options.Time is { } time ? now + time : null);
        var search = new RunningSearch(journal + Extension,
            new(run, now, Tuner.SearchOf(options), [.. before]));
        search.Write();
        return search;
    }

    /// <returns>Null: none has left its state beside the journal.</returns>
    public static TuningSearch? Read(FileInfo journal)
    {
        try
        {
            using var file = new FileStream(
                journal.FullName + Extension, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return JsonSerializer.Deserialize(file, RunningSearchJson.Kept.State)
                is { Search: not null, Run: not null, Trials: not null } kept
                ? new(journal.Name, kept.UpdatedAt, kept.Search, kept.Trials) { Run = kept.Run } : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Report(TuningProgress value)
    {
        lock (_gate)
        {
            if (value.Latest is { } latest) _trials[latest.Number] = latest;
            _kept = _kept with { UpdatedAt = DateTimeOffset.UtcNow, Trials = [.. _trials.Values] };
            Write();
        }
    }

    public void Dispose()
    {
        lock (_gate) Try(() => File.Delete(_file));
    }

    private void Write() => Try(() =>
    {
        string draft = $"{_file}.tmp";
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(_kept, RunningSearchJson.Kept.State));
        File.Move(draft, _file, overwrite: true);
    });

    /// <summary>A search does not end because nobody can look at it.</summary>
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
    }

    /// <summary>The file.</summary>
    internal sealed record State(SearchRun Run, DateTimeOffset UpdatedAt, JsonObject Search, Trial[] Trials);
}

/// <summary>The JSON of searches that run.</summary>
[JsonSerializable(typeof(RunningSearch.State))]
internal sealed partial class RunningSearchJson : JsonSerializerContext
{
    public static RunningSearchJson Kept { get; } = new(FolderJson.With());
}
