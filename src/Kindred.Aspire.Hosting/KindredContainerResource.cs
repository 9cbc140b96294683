namespace Aspire.Hosting.ApplicationModel;

/// <summary>The living server in the container that <c>dotnet publish src/Kindred.Cli -t:PublishContainer</c> makes.</summary>
/// <param name="name">Of the resource.</param>
/// <param name="adminKey">The key of the scope admin.</param>
public sealed class KindredContainerResource(string name, ParameterResource adminKey) : ContainerResource(name), IKindredResource
{
    public EndpointReference Http => field ??= new(this, KindredConnection.Endpoint);

    public ParameterResource AdminKey => adminKey;

    /// <summary><c>Endpoint=http://host:port;Key=…</c></summary>
    public ReferenceExpression ConnectionStringExpression => KindredConnection.StringOf(this);
}
