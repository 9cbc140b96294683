namespace Kindred.Pipelines;

/// <summary>How long a request may take, and what it does without when there is no time.</summary>
/// <param name="Limit">
/// From the beginning of the request to its answer. It is aimed at, not guaranteed: what may not be shed takes what it takes.
/// </param>
/// <param name="Shed">Names of sources and stages, the first to go first.</param>
internal sealed record Budget(TimeSpan Limit, IReadOnlyList<string> Shed);
