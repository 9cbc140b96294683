namespace Kindred.Numerics.Distributions;

/// <summary>Euler's gamma function.</summary>
internal static class Gamma
{
    /// <returns>ln Γ(x) for x > 0, with a relative error of about 1e-15.</returns>
    /// <remarks>
    /// Stirling's series (M. Abramowitz, I. Stegun, 6.1.41), after Γ(x + 1) = x·Γ(x) has raised x to where it converges.
    /// </remarks>
    public static double Log(double x)
    {
        if (!(x > 0)) throw new ArgumentOutOfRangeException(nameof(x), x, "must be above 0");
        double product = 1;
        for (; x < 15; x++) product *= x;
        double y = 1 / (x * x);
        double series = (1.0 / 12) - (y * ((1.0 / 360) - (y * ((1.0 / 1260) - (y * ((1.0 / 1680) - (y / 1188)))))));
        return ((x - .5) * Math.Log(x)) - x + (.5 * Math.Log(2 * Math.PI)) + (series / x) - Math.Log(product);
    }

    /// <returns>Γ(x + ½) / Γ(x) for x > 0, with a relative error of about 1e-15.</returns>
    /// <remarks>The series in 1/x (J. Wallis's ratio; Abramowitz and Stegun 6.1.47), after x was raised to where it converges.</remarks>
    public static double HalfStepRatio(double x)
    {
        double factor = 1;
        for (; x < 60; x++) factor *= x / (x + .5);
        double y = 1 / (8 * x);
        return factor * Math.Sqrt(x) * (1 + (y * (-1 + (y * (.5 + (y * (2.5 + (y * (-2.625 + (y * (-49.875 + (y * 54.3125))))))))))));
    }
}
