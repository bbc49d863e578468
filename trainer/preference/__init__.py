"""AVP-RPO: takes are made, ranked by how sound and picture agree, and the generator is tuned on the pairs."""
