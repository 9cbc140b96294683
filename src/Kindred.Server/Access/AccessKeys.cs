using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Kindred.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server.Access;

/// <summary>The keys of the API as they are now. A key that another program adds or removes counts within a second.</summary>
internal sealed partial class AccessKeys(IStore store, ILogger<AccessKeys> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500), TouchInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _used = new();
    private Dictionary<string, AccessKey> _byHash = [];

    /// <summary>Whether there are any.</summary>
    public bool Any => _byHash.Count > 0;

    /// <summary>Makes a key of 256 random bits; only its hash is kept.</summary>
    /// <returns>What to store, and the key, which cannot be shown again.</returns>
    /// <exception cref="InputException">The name is empty, or there is no scope.</exception>
    public static (AccessKey Stored, string Key) Create(string name, IReadOnlyCollection<Scope> scopes, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > 100)
            throw new InputException("A key needs a name of at most 100 characters, such as 'homepage'.");
        if (scopes.Count == 0) throw new InputException("A key needs a scope: read, write or admin.");
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        string key = $"kindred_{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        string[] names = [.. scopes.Distinct().Order().Select(scope => NameOf(scope))];
        return (new(id, name, HashOf(key), names, now), key);
    }

    /// <summary>
    /// Makes the text of a file a key of the scope admin, in place of the one that the file held before. Keys that were added otherwise
    /// stay.
    /// </summary>
    /// <exception cref="InputException">
    /// The file cannot be read, its text is too short for a secret, or is a key without the scope admin.
    /// </exception>
    public static async Task UseFileAsync(IStore store, string file, DateTimeOffset now, CancellationToken cancellation)
    {
        const string id = "key-file";
        const int fewest = 32;
        string key = ReadKey(file);
        if (key.Length < fewest || key.Any(char.IsWhiteSpace))
            throw new InputException($"{file} must hold one key of at least {fewest} characters without spaces, such as the answer of " +
                "`openssl rand -hex 32`.");
        var made = new AccessKey(id, "the key file", HashOf(key), [NameOf(Scope.Admin)], now);
        if ((await store.Keys.ListAsync(cancellation)).FirstOrDefault(stored => stored.Hash == made.Hash && stored.Id != id) is { } added)
        {
            if (Allows(added, Scope.Admin)) return;
            throw new InputException($"{file} holds the key '{added.Name}', which does not have the scope admin; put another one into it.");
        }
        await store.Keys.PutAsync(made, new("kindred serve", "put-key", id), cancellation);
    }

    private static string ReadKey(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The key file {file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Makes a key and keeps its hash, which counts at once.</summary>
    /// <returns>As <see cref="Create"/>.</returns>
    /// <exception cref="InputException">As of <see cref="Create"/>, or the first key could not manage the server.</exception>
    public async Task<(AccessKey Stored, string Key)> AddAsync(string? name, IReadOnlyCollection<Scope> scopes, DateTimeOffset now)
    {
        if (!Any && !scopes.Contains(Scope.Admin))
            throw new InputException("The first key needs the scope admin: without one, nobody could manage the server over HTTP.");
        var created = Create(name ?? "", scopes, now);
        await store.Keys.AddAsync(created.Stored);
        await RefreshAsync();
        return created;
    }

    /// <returns>Whether there was one.</returns>
    public async Task<bool> RemoveAsync(string id)
    {
        bool isThere = await store.Keys.RemoveAsync(id);
        await RefreshAsync();
        return isThere;
    }

    public static string NameOf(Scope scope) => scope switch { Scope.Read => "read", Scope.Write => "write", _ => "admin" };

    /// <returns>Whether a key may do what needs a scope: admin includes the others.</returns>
    public static bool Allows(AccessKey key, Scope scope) =>
        key.Scopes.Contains(NameOf(scope)) || key.Scopes.Contains(NameOf(Scope.Admin));

    /// <exception cref="InputException">There is no such scope.</exception>
    public static Scope ParseScope(string name) => name switch
    {
        "read" => Scope.Read,
        "write" => Scope.Write,
        "admin" => Scope.Admin,
        _ => throw new InputException($"There is no scope '{PlainText.Shorten(name)}'; there are read, write and admin."),
    };

    /// <returns>Null: there is no such key. Looking up its hash takes no time that depends on the key.</returns>
    public AccessKey? Find(string key) => FindHash(HashOf(key));

    /// <returns>A key as it is now; null: it was removed.</returns>
    public AccessKey? Find(AccessKey key) => FindHash(key.Hash);

    private AccessKey? FindHash(string hash)
    {
        if (!_byHash.TryGetValue(hash, out var found)) return null;
        _used[found.Id] = DateTimeOffset.UtcNow;
        return found;
    }

    public async Task RefreshAsync(CancellationToken cancellation = default) =>
        _byHash = (await store.Keys.ListAsync(cancellation)).ToDictionary(key => key.Hash);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Touch(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        var touched = DateTimeOffset.UtcNow;
        bool isAway = false;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RefreshAsync(stoppingToken);
                if (DateTimeOffset.UtcNow - touched >= TouchInterval)
                {
                    await Touch(stoppingToken);
                    touched = DateTimeOffset.UtcNow;
                }
                isAway = false;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (!isAway) LogFailed(log, e.Message); // the keys that are known keep counting
                isAway = true;
            }
        }
    }

    private async Task Touch(CancellationToken cancellation)
    {
        foreach (var (id, time) in _used.ToArray())
        {
            await store.Keys.TouchAsync(id, time, cancellation);
            _used.TryRemove(new(id, time));
        }
    }

    private static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    [LoggerMessage(12, LogLevel.Warning, "The keys cannot be read from the store; those known keep counting: {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
