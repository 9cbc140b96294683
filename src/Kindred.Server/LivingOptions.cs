using Kindred.Models;
using Kindred.Store;

namespace Kindred.Server;

/// <summary>How to serve a living folder.</summary>
public sealed record LivingOptions
{
    /// <summary>The folder; made if there is none.</summary>
    public required string Folder { get; init; }

    /// <summary>As for <see cref="ServerOptions.Url"/>; https too, with the certificate that settings.json names for Kestrel.</summary>
    public string Url { get; init; } = ServerOptions.DefaultUrl;

    /// <summary>
    /// Where events are kept: <c>postgres://user:password@host/database</c>. Kept in the folder's settings. Null: what they say, else a
    /// SQLite file in the folder.
    /// </summary>
    public string? Store { get; init; }

    /// <summary>
    /// The folder of snapshots, which servers of one store share. Kept in the folder's settings. Null: what they say, else a folder in it.
    /// </summary>
    public string? Snapshots { get; init; }

    /// <summary>What an acknowledged event has survived; null: what the folder's settings say, else
    /// <see cref="Durability.Fsync"/>.</summary>
    public Durability? Durability { get; init; }

    /// <summary>
    /// A file that holds the key of the scope admin, such as a mounted secret; another text replaces the key at the next start. Null: keys
    /// are those of the store.
    /// </summary>
    public string? AdminKeyFile { get; init; }

    /// <summary>
    /// Listens on a public address although there are no keys: whoever reaches the server may read, write and delete everything.
    /// </summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Whether it trains models by itself; false: on request alone, such as where another server of the store does.</summary>
    public bool Renewal { get; init; } = true;

    /// <summary>The models that settings may name, snapshots may hold, and the program can train.</summary>
    public TrainerCatalog Trainers { get; init; } = TrainerCatalog.Default;

    /// <summary>Embeds the texts of items, which the setting <c>live</c> names; null: nothing does.</summary>
    public TextEmbedding? Texts { get; init; }

    /// <inheritdoc cref="ServerOptions.RecallSample"/>
    public double RecallSample { get; init; } = .001;

    /// <inheritdoc cref="ServerOptions.Drain"/>
    public TimeSpan Drain { get; init; } = TimeSpan.Zero;

    /// <summary>Files that the dashboard offers to an empty server to try it with; null: none.</summary>
    public string? SampleData { get; init; }

    /// <summary>Logs a JSON object a line, instead of text.</summary>
    public bool JsonLog { get; init; }

    /// <summary>Tells the time of answers, events and experiments, so that weeks can be simulated.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Events that may wait for being written; a request that would exceed it is answered 429.</summary>
    public int EventQueue { get; init; } = 50_000;
}
