namespace Kindred.Splitting;

/// <summary>The shares of all events that a splitter sets aside.</summary>
internal static class Fractions
{
    /// <exception cref="InputException">Out of range, or nothing left to train on.</exception>
    public static void Check(double validation, double test)
    {
        if (!(validation is >= 0 and < 1)) throw new InputException($"ValidationFraction must be >= 0 and < 1, was {validation}.");
        if (!(test is > 0 and < 1)) throw new InputException($"TestFraction must be > 0 and < 1, was {test}.");
        if (validation + test >= 1)
            throw new InputException($"ValidationFraction + TestFraction must be < 1, was {validation + test}.");
    }
}
