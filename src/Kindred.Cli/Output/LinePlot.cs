namespace Kindred.Cli.Output;

/// <summary>Lines over a common axis: for terminals only, since what they show is in tables and reports too.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Across">What is at the horizontal axis.</param>
/// <param name="Show">A value of the vertical axis as text.</param>
internal sealed record LinePlot(string Title, string Across, IReadOnlyList<PlotLine> Lines, Func<double, string> Show) : Block
{
    /// <summary>Whether the axes are logarithmic; then all values are above 0.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Whether the horizontal axis alone is logarithmic.</summary>
    public bool IsLogarithmicAcross { get; init; }
}

/// <param name="Points">In the order of X, at least two.</param>
internal sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points);
