using System.Text.Json;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Live;

/// <summary>
/// Gives items the vectors of their texts, soon after they were stored: whoever stores an item does not wait, and is not refused, when the
/// generator is slow or away. A text is embedded once, by hash of model and text.
/// </summary>
internal sealed partial class TextVectors(IStore store, StoreChanges changes, LivingOptions options, ILogger<TextVectors> log)
    : BackgroundService
{
    private const int Batch = 32, Page = 1_000, MostKept = 100_000;

    /// <summary>Failures in a row after which the generator is taken to be away, and the rest waits.</summary>
    private const int MostFailures = 3;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal); // ids whose texts may have changed
    private readonly Dictionary<string, float[]> _kept = new(StringComparer.Ordinal); // by hash of model and text
    private IReadOnlyList<string> _names = [];
    private bool _wantsAll = true; // all items are to be looked at: after a start, or another setting
    private bool _isWarned;

    /// <summary>Why items lack vectors, in a sentence; null: none does.</summary>
    public string? Fault { get; private set; }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        changes.Changed += Notice;
        _signal.Release();
        await base.StartAsync(cancellationToken);
    }

    private Task Notice(IReadOnlyList<StoreChange> list)
    {
        lock (_gate)
        {
            foreach (var change in list)
            {
                if (change.Kind == ChangeKind.Item && !change.Deleted && (_names.Count > 0 || _wantsAll)) _pending.Add(change.Id);
                _wantsAll |= change is { Kind: ChangeKind.Setting, Id: LiveSettings.Name };
            }
        }
        _signal.Release();
        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = ShortestPause;
        while (true)
        {
            if (Fault is null) await _signal.WaitAsync(stoppingToken);
            try
            {
                await CatchUp(stoppingToken);
                (Fault, pause) = (null, ShortestPause);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (Fault is null) LogFailed(log, e.Message);
                Fault = $"Items lack the vectors of their texts, and are tried again: {e.Message.TrimEnd('.')}.";
                await Task.Delay(pause, stoppingToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private async Task CatchUp(CancellationToken cancellation)
    {
        if (_wantsAll)
        {
            lock (_gate) _wantsAll = false;
            try
            {
                await WantAll(cancellation);
            }
            catch
            {
                lock (_gate) _wantsAll = true;
                throw;
            }
        }
        string[] ids;
        lock (_gate)
        {
            ids = [.. _pending];
            _pending.Clear();
        }
        Exception? failure = null;
        int failures = 0;
        foreach (string[] batch in ids.Chunk(Batch))
        {
            // a text that cannot be embedded must not keep the others of its batch from it
            if (!await Try(batch) && batch.Length > 1) foreach (string id in batch) await Try([id]);
        }
        if (failure is not null) throw failure;

        async Task<bool> Try(string[] some)
        {
            if (failures < MostFailures)
            {
                try
                {
                    await EmbedAsync(some, cancellation);
                    failures = 0;
                    return true;
                }
                catch (Exception e) when (!cancellation.IsCancellationRequested)
                {
                    (failure, failures) = (e, failures + 1);
                }
            }
            if (some.Length == 1 || failures >= MostFailures) lock (_gate) _pending.UnionWith(some);
            return false;
        }
    }

    private async Task WantAll(CancellationToken cancellation)
    {
        _names = (await LiveSettings.ReadAsync(store, cancellation)).Texts;
        if (_names.Count > 0 && options.Texts is null && !_isWarned)
        {
            LogNoGenerator(log);
            _isWarned = true;
        }
        if (_names.Count == 0 || options.Texts is null) return;
        string? last = null;
        while (await store.Items.ListAsync(last, Page, cancellation) is { Count: > 0 } entries)
        {
            last = entries[^1].Id;
            lock (_gate) _pending.UnionWith(entries.Select(entry => entry.Id));
        }
    }

    private async Task EmbedAsync(string[] ids, CancellationToken cancellation)
    {
        if (options.Texts is not { } texts || _names.Count == 0) return;
        var wanted = new List<(string Id, string Key, string Text)>();
        foreach (string id in ids)
        {
            if (await store.Items.GetAsync(id, cancellation) is not { } entry) continue;
            using var attributes = JsonDocument.Parse(entry.Attributes);
            string text = TextVector.TextOf(attributes.RootElement, _names), key = TextVector.KeyOf(texts.Model, text);
            var has = TextVector.In(attributes.RootElement);
            if (text.Length == 0)
            {
                if (has is not null) await store.Items.PatchAsync(id, TextVector.PatchOf(null), null, cancellation);
                continue;
            }
            if (has?.Of == key) Keep(has);
            else wanted.Add((id, key, text));
        }
        var missing = wanted.Where(one => !_kept.ContainsKey(one.Key)).DistinctBy(one => one.Key).ToArray();
        if (missing.Length > 0)
        {
            var vectors = await texts.Embed([.. missing.Select(one => one.Text)], cancellation);
            if (vectors.Count != missing.Length)
                throw new InputException($"The embedding generator returned {vectors.Count} vectors for {missing.Length} texts.");
            for (int n = 0; n < missing.Length; n++) if (vectors[n] is { } values) Keep(new(missing[n].Key, values));
        }
        foreach (var (id, key, _) in wanted)
            if (_kept.TryGetValue(key, out float[]? values))
                await store.Items.PatchAsync(id, TextVector.PatchOf(new(key, values)), null, cancellation);
        if (wanted.Count > 0) await changes.CatchUpAsync(cancellation); // the next answer knows them
    }

    private void Keep(TextVector vector)
    {
        if (_kept.Count >= MostKept) _kept.Clear();
        _kept[vector.Of] = vector.Values;
    }

    [LoggerMessage(31, LogLevel.Warning, "Texts of items cannot be embedded; trying again: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);

    [LoggerMessage(32, LogLevel.Warning, "The setting live names texts, and this program has no embedding generator: serve with " +
        "kindred-neural, or give one as LivingOptions.Texts")]
    private static partial void LogNoGenerator(ILogger log);
}
