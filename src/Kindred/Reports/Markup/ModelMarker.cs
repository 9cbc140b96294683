namespace Kindred.Reports.Markup;

/// <summary>
/// How a model is shown in every chart: by a color and by a shape, so that neither is needed to distinguish models. The baseline is gray.
/// </summary>
/// <param name="Place">Among the models that are not the baseline, best first; −1: the baseline.</param>
internal sealed record ModelMarker(string Name, int Place)
{
    /// <summary>In the style sheet.</summary>
    public const int Colors = 10;

    private static readonly (double X, double Y)[][] Outlines =
        [Regular(12, 0, 1), Regular(4, 45, 1.2), Regular(3, -90, 1.3), Regular(4, 0, 1.25), Regular(3, 90, 1.3), Cross(0), Cross(45)];

    /// <summary>The color's class: as many times as there are colors, each has another shape.</summary>
    public string Class => Place < 0 ? "baseline" : $"m{Place % Colors}";

    /// <summary>Around (0, 0), within a radius of about 1.</summary>
    public IReadOnlyList<(double X, double Y)> Outline => Outlines[Place < 0 ? 0 : (Place + 1) % Outlines.Length];

    /// <param name="degrees">Of the first corner, clockwise from the right.</param>
    private static (double, double)[] Regular(int corners, double degrees, double radius) =>
        [.. Enumerable.Range(0, corners).Select(n => At(degrees + (360.0 * n / corners), radius))];

    private static (double, double)[] Cross(double degrees)
    {
        const double Arm = 1.25, Half = .42;
        double corner = Math.Sqrt((Arm * Arm) + (Half * Half)), turn = Math.Atan2(Half, Arm) * 180 / Math.PI;
        return [.. Enumerable.Range(0, 4).SelectMany(arm => ((double Turn, double Radius)[])
            [(-turn, corner), (turn, corner), (45, Half * Math.Sqrt(2))])
            .Select((c, n) => At(degrees + (90 * (n / 3)) + c.Turn, c.Radius))];
    }

    private static (double, double) At(double degrees, double radius) =>
        (radius * Math.Cos(Math.PI * degrees / 180), radius * Math.Sin(Math.PI * degrees / 180));
}
