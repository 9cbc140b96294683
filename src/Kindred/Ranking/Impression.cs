using Kindred.Models;

namespace Kindred.Ranking;

/// <summary>What a user was shown at one moment, and what of it they took: a line of a server's log.</summary>
/// <param name="User">Index in the vocabulary of users, or −1.</param>
/// <param name="Time">UTC Unix seconds, before anything was taken.</param>
/// <param name="Shown">Items, each once.</param>
/// <param name="Taken">Those of them that were clicked, bought, …</param>
internal sealed record Impression(int User, long Time, IReadOnlyList<int> Shown, IReadOnlyList<int> Taken)
{
    /// <summary>What else was known of the moment; its time is <see cref="Time"/>, whatever it says.</summary>
    public QueryContext? Context { get; init; }
}
