namespace Kindred.Splitting;

/// <summary>The shares of all events that a splitter sets aside.</summary>
internal static class Fractions
{
    /// <exception cref="InputException">Out of range, or nothing left to train on.</exception>
    public static void Check(double validation, double test)
    {
        if (!(validation is >= 0 and < 1))
            throw new InputException($"The share of the validation part must be at least 0 and below 1, was {validation}.");
        if (!(test is > 0 and < 1)) throw new InputException($"The share of the test part must be above 0 and below 1, was {test}.");
        if (validation + test >= 1)
            throw new InputException($"The shares of the validation and the test part must be below 1 together, were {validation + test}.");
    }
}
