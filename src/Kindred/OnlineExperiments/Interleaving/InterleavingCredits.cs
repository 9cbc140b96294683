using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Estimation;

namespace Kindred.OnlineExperiments.Interleaving;

/// <summary>Which recommender users prefer, from the clicks on interleaved lists: sums over users that merge.</summary>
/// <remarks>A user is one vote, however much they click: (treatment − control) / all of their credited clicks.</remarks>
public sealed class InterleavingCredits
{
    private double _sum, _squares;

    /// <summary>Users with a credited click.</summary>
    public long Users { get; private set; }

    /// <summary>Users who clicked more of the treatment's items.</summary>
    public long Wins { get; private set; }

    /// <summary>Users who clicked more of control's items.</summary>
    public long Losses { get; private set; }

    /// <summary>Mean vote, −1 to 1: above 0 users prefer the treatment.</summary>
    public double Preference => _sum / Users;

    /// <summary>Adds all credited clicks of a user; without any, the user has no vote.</summary>
    public void Add(long controlClicks, long treatmentClicks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(controlClicks);
        ArgumentOutOfRangeException.ThrowIfNegative(treatmentClicks);
        if (controlClicks + treatmentClicks == 0) return;
        double vote = (treatmentClicks - controlClicks) / (double)(controlClicks + treatmentClicks);
        Users++;
        _sum += vote;
        _squares += vote * vote;
        if (vote > 0) Wins++;
        if (vote < 0) Losses++;
    }

    public void Merge(InterleavingCredits other)
    {
        ArgumentNullException.ThrowIfNull(other);
        (Users, Wins, Losses) = (Users + other.Users, Wins + other.Wins, Losses + other.Losses);
        (_sum, _squares) = (_sum + other._sum, _squares + other._squares);
    }

    /// <returns>The preference with its interval: Student's t of the users' votes. NaN with fewer than two users.</returns>
    public ConfidenceInterval Interval(double alpha = .05) => Users < 2 ? new(double.NaN, double.NaN, double.NaN)
        : Error == 0 ? new(Preference, Preference, Preference == 0 ? 1 : Math.Pow(2, 1 - Users)) // all votes alike
        : FixedHorizon.Interval(Preference, Error, Users - 1, alpha);

    /// <returns>Users with a vote that a preference of this size needs; compare with <see cref="SampleSize.UnitsFor"/> of an A/B
    /// test. Infinite where there is no preference.</returns>
    public double UsersNeeded(double alpha = .05, double power = .8) => SampleSize.UnitsFor(Preference, Error, Users, alpha, power);

    private double Error
    {
        get
        {
            double variance = Math.Max(0, (_squares - (_sum * _sum / Users)) / (Users - 1));
            return Math.Sqrt(variance / Users);
        }
    }
}
